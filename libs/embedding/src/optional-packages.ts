import { StartError } from '@memori/database';

/** Whether a package that is not always installed can be loaded from here. */
export function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Stops the start with the command that helps. */
export function needPackages(provider: string, packages: readonly string[], command: string): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  throw new StartError(
    `MEMORI_EMBEDDING_PROVIDER=${provider} needs ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed. Run: ${command}`,
  );
}
