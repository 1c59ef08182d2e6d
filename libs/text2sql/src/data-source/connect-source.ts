import { connectionFailure, refusesTls } from './connection-failure';
import type { AddressPolicy } from './guarded-socket';
import { CONNECT_TIMEOUT_MS, type SettledTarget, SourceClient } from './source-client';
import { isSocketDirectory, type SourceTarget } from './source-url';

/** Opens one connection. Fails with `data-source-unreachable`, `data-source-credentials` or `data-source-address`. */
export async function connectSource(
  target: SettledTarget,
  policy: AddressPolicy,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<SourceClient> {
  try {
    return await open(target, policy, timeoutMs);
  } catch (error) {
    throw connectionFailure(error, target);
  }
}

/**
 * Settles how to encrypt when nobody said: encrypted if the server can, in the clear if it says that it cannot. The
 * answer is kept with the data source, so that later nobody in between can talk Memori out of encryption.
 */
export async function connectSettling(
  target: SourceTarget,
  policy: AddressPolicy,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<{ client: SourceClient; target: SettledTarget }> {
  const [first, second] = waysToEncrypt(target);
  try {
    return { client: await open(first, policy, timeoutMs), target: first };
  } catch (error) {
    if (!second || !refusesTls(error)) throw connectionFailure(error, target);
    return { client: await connectSource(second, policy, timeoutMs), target: second };
  }
}

function waysToEncrypt(target: SourceTarget): [SettledTarget, SettledTarget?] {
  if (target.ssl) return [{ ...target, ssl: target.ssl }];
  const plain: SettledTarget = { ...target, ssl: 'disable' };
  return isSocketDirectory(target.host) ? [plain] : [{ ...target, ssl: 'require' }, plain];
}

async function open(target: SettledTarget, policy: AddressPolicy, timeoutMs: number): Promise<SourceClient> {
  const client = new SourceClient(target, policy, timeoutMs);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.destroy();
    throw error;
  }
}
