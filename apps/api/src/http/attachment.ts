import { toUSVString } from 'node:util';

const LONGEST_TITLE = 80;

/**
 * `Content-Disposition` of a file that is saved under a title in any language (RFC 6266, RFC 5987). `fallback` is plain
 * ASCII, for clients that read nothing else.
 */
export function attachment(fallback: string, title: string): string {
  const extension = /\.[a-z]+$/.exec(fallback)?.[0] ?? '';
  const name = fileNameOf(title);
  const plain = `attachment; filename="${fallback}"`;
  return name === '' ? plain : `${plain}; filename*=UTF-8''${encoded(name + extension)}`;
}

/** Without what some file system refuses, or reads as a path. */
function fileNameOf(title: string): string {
  const clean = toUSVString(title)
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}/\\:*?"<>|]+/gu, ' ');
  return [...clean]
    .slice(0, LONGEST_TITLE)
    .join('')
    .replace(/^[ .]+|[ .]+$/g, '');
}

/** `attr-char` of RFC 5987 is a little less than what encodeURIComponent leaves alone. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
