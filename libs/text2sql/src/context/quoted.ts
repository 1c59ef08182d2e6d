/**
 * Stored text as it may stand in a prompt: one line, in double quotes, with everything escaped that could end the line,
 * the quotes or the block around it.
 */
export function quoted(text: string, maxCharacters = 300): string {
  return (
    JSON.stringify(shortened(text, maxCharacters))
      // Of a block's own marks only: a comparison in earlier SQL stays as it was written.
      .replace(/<(?=\/?[a-z])/gi, '\\u003c')
      .replace(/[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, escapeUnit)
  );
}

/** Text of several lines as a quoted value; long ones lose their middle, which says least. */
export function shortened(text: string, maxCharacters: number): string {
  const characters = [...text];
  if (characters.length <= maxCharacters) return text;
  const head = Math.ceil(maxCharacters * 0.7);
  return `${characters.slice(0, head).join('')} … ${characters.slice(head - maxCharacters).join('')}`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
