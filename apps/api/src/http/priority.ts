/** What RFC 9218 keeps for work that runs in the background. */
const BACKGROUND = 7;

/** Whether the header `Priority` (RFC 9218) says that nobody sits waiting. What is not understood is ignored, as there. */
export function isBackground(header: string | string[] | undefined): boolean {
  const members = [header ?? '']
    .flat()
    .join(',')
    .split(',')
    .map((member) => /^\s*u\s*=\s*(\d+)\s*(;.*)?$/.exec(member)?.[1])
    .filter((urgency) => urgency !== undefined);
  // Of a key that is there several times the last counts (RFC 8941, 3.2).
  return Number(members.at(-1)) === BACKGROUND;
}
