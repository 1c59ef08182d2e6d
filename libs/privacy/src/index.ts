export { type Eraser, type Erasure, FORGET_SCOPES } from './eraser';
export { Erasers } from './erasers';
export { ErasureCheckModule, PrivacyModule } from './privacy.module';
