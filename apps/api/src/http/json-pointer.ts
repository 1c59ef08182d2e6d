/** A JSON pointer (RFC 6901). A lone surrogate in a key would make the answer itself unreadable. */
export function pointerTo(path: readonly string[]): string {
  return path
    .map(
      (key) =>
        `/${key
          .replace(/\p{Surrogate}/gu, '\ufffd')
          .replaceAll('~', '~0')
          .replaceAll('/', '~1')}`,
    )
    .join('');
}
