import { Global, Module } from '@nestjs/common';
import { Erasers } from './erasers';

/** Who holds something of a user. Needs the database at the root. */
@Global()
@Module({ providers: [Erasers], exports: [Erasers] })
export class PrivacyModule {}
