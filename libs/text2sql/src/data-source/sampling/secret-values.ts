/** Forms that only secrets have. */
const FORMS = [
  /^eyJ[\w-]{5,}\.[\w-]+\.[\w-]*$/, // JWT
  /-----BEGIN [A-Z ]+-----/,
  /\b(?:sk|pk|rk)[-_](?=[\w-]*\d)[\w-]{10,}/, // Stripe, Anthropic, OpenAI
  /\b(?:gh[oprsu]|glpat|npm|hf|dop_v1|shpat|xox[abeoprs])[-_][\w-]{10,}/,
  /\bgithub_pat_\w{10,}/,
  /\b(?:AKIA|ASIA|LTAI)[A-Z0-9]{12,}/i, // AWS, Alibaba Cloud
  /\bAIza[\w-]{20,}/, // Google
  /\bya29\.[\w-]+/,
  /\bSG\.[\w-]{10,}\.[\w-]{10,}/,
  /^\$(?:2[abxy]?|5|6|y|7|apr1|argon2(?:id?|d)?|scrypt|pbkdf2[\w-]*|md5)\$/i,
  /^\{(?:SSHA|SHA|CRYPT|MD5|SMD5|PBKDF2)[^}]*\}/i,
  /^(?:pbkdf2|scrypt|argon2|bcrypt|sha(?:1|256|512))[:$_]/i,
  /^SCRAM-SHA-256\$/,
  /^md5[0-9a-f]{32}$/i,
  /^(?:0x)?[0-9a-f]{32,}$/i, // digests and keys
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]+:[^\s/@]+@/i, // a URL with a password
  /\b(?:Bearer|Basic)\s+[\w+/=.-]{10,}/,
  /\bssh-(?:rsa|ed25519|dss)\s+AAAA/,
  /\b(?:password|passwd|pwd|secret|api_?key|token)\s*[=:]\s*\S+/i,
];

const MIN_RANDOM_LENGTH = 20;
const MIN_BITS_PER_CHARACTER = 3.5;

/** Whether a value looks like a key, a token, a password's hash or any long random text. */
export function looksLikeSecret(text: string): boolean {
  return FORMS.some((form) => form.test(text)) || randomRuns(text).length > 0;
}

/** Runs of letters and digits that no language makes: long, of mixed case with digits among them, hardly repeating. */
function randomRuns(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/=]{20,}/g) ?? [];
  return runs.filter(
    (run) =>
      run.length >= MIN_RANDOM_LENGTH &&
      /[a-z]/.test(run) &&
      /[A-Z]/.test(run) &&
      /\d/.test(run) &&
      entropy(run) >= MIN_BITS_PER_CHARACTER,
  );
}

/** Bits per character, by the frequencies of the text itself. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / text.length) * Math.log2(count / text.length), 0);
}
