/** A stretch of a text, by offsets in UTF-16 units. */
export interface Passage {
  readonly start: number;
  readonly end: number;
}

/** Longest passage, in UTF-16 units: short enough that one subject fills it. */
const MAX_PASSAGE = 500;
/** A break this early in a passage would leave a crumb. */
const MIN_PASSAGE = 125;

const BREAKS = [/\n\s*\n/g, /\n/g, /[.!?;]["')\]]*\s|[。！？；…]["'」』）]*/g, /\s|[，、,]/g];

/** Cuts a long text at paragraphs, else lines, sentences, words, into passages of at most 500; a short one stays whole. */
export function passagesOf(text: string): Passage[] {
  const passages: Passage[] = [];
  let start = 0;
  while (text.length - start > MAX_PASSAGE) {
    const end = start + cutWithin(text.slice(start, start + MAX_PASSAGE));
    passages.push({ start, end });
    start = end;
  }
  if (start < text.length || passages.length === 0) passages.push({ start, end: text.length });
  return passages;
}

/** The last break of the coarsest kind that leaves a passage worth having. */
function cutWithin(window: string): number {
  for (const kind of BREAKS) {
    const last = [...window.matchAll(kind)].at(-1);
    const cut = last ? last.index + last[0].length : 0;
    if (cut >= MIN_PASSAGE) return cut;
  }
  // Never between the halves of a surrogate pair.
  return /[\ud800-\udbff]$/.test(window) ? window.length - 1 : window.length;
}
