import { Global, Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { Env } from '@memori/config';
import { Clock, SystemClock } from '@memori/scope';
import { ApiKeys } from './api-keys';
import { Audit } from './audit';
import { Authenticator } from './authenticator';
import { EncryptionCheck } from './encryption-check';
import { KeyMaterial } from './key-material';
import { ReplyKeys } from './reply-keys';
import { Tenants } from './tenants';
import { Users } from './users';
import { Vault } from './vault';
import { ReceiptSeal } from './receipt-seal';
import { SecurityEraser } from './security-eraser';

/** Keys, principals, tenants, encryption at rest and the audit log. */
@Global()
@Module({
  imports: [PrivacyModule],
  providers: [
    { provide: KeyMaterial, inject: [Env], useFactory: (env: Env) => KeyMaterial.from(env) },
    { provide: Vault, inject: [KeyMaterial], useFactory: (keys: KeyMaterial) => new Vault(keys.encryptionKey) },
    { provide: Clock, useClass: SystemClock },
    EncryptionCheck,
    Users,
    Audit,
    ApiKeys,
    Tenants,
    Authenticator,
    ReplyKeys,
    SecurityEraser,
    ReceiptSeal,
  ],
  exports: [ReceiptSeal, KeyMaterial, Vault, Users, Audit, ApiKeys, Tenants, Authenticator, ReplyKeys],
})
export class SecurityModule {}
