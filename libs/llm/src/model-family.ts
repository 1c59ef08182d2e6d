interface Family {
  readonly line: string;
  readonly version: number;
}

/** `claude-sonnet-4-5-20250929` is sonnet 4.5; a model whose id says nothing is taken for a newer one. */
function familyOf(model: string): Family {
  const match = /^claude-(?:([a-z]+)-)?(\d{1,2})(?:-(\d{1,2})(?!\d))?/.exec(model);
  if (!match) return { line: '', version: Infinity };
  return { line: match[1] ?? '', version: Number(`${match[2]}.${match[3] ?? 0}`) };
}

/** Since Opus 4.7 and the 5 series, the tokenizer makes about 30 % more tokens of the same text. */
export function hasNewTokenizer(model: string): boolean {
  const { line, version } = familyOf(model);
  return line === 'sonnet' || line === 'haiku' ? version >= 5 : version >= 4.7;
}

/** `output_config.effort`: the models before the 5 series answer 400 to it, or know fewer levels. */
export function takesEffort(model: string): boolean {
  return familyOf(model).version >= 5;
}
