/** Keys, principals, tenants, encryption at rest, the audit log. */
export { addressKind, canonicalHost, isMetadataHost, type AddressKind } from './address-rules';
export { ApiKeys, type ApiKeyRecord, type NewApiKey } from './api-keys';
export type { ApiKeyInput } from './api-key-input';
export { Audit, type AuditEntry, type AuditRecord } from './audit';
export { ActingForNotAllowedError, Authenticator } from './authenticator';
export { MAX_USER_ID_LENGTH, UnauthenticatedError } from './bearer';
export { WrongEncryptionKeyError } from './encryption-check';
export { KeyMaterial } from './key-material';
export { guardedLookup, OutgoingAddressError, type OutgoingAddressPolicy, urlFault } from './outgoing-address';
export { decodeCursor, ID_CURSOR, pageOf, type Page, type PageRequest } from './page';
export { ReceiptSeal, type Signature } from './receipt-seal';
export { hashJson, idempotencyKeyReused, ReplyKeys, type KeptReply, type KeyPlace } from './reply-keys';
export { isInstallationAdministrator, requireRole } from './roles';
export { SecurityModule } from './security.module';
export { Tenants, type TenantInput, type TenantPatch, type TenantRecord } from './tenants';
export { Users } from './users';
export { Vault, VaultError } from './vault';
