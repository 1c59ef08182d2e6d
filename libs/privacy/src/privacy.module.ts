import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Erasers } from './erasers';

/** Who holds something of a user. Needs the database at the root; each lib with an eraser imports it. */
@Module({ providers: [Erasers], exports: [Erasers] })
export class PrivacyModule {}

@Injectable()
class ErasureCheck implements OnApplicationBootstrap {
  constructor(private readonly erasers: Erasers) {}

  onApplicationBootstrap(): Promise<void> {
    return this.erasers.check();
  }
}

/** Refuses the start of a whole application while a table has no eraser. */
@Module({ imports: [PrivacyModule], providers: [ErasureCheck] })
export class ErasureCheckModule {}
