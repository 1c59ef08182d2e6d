import { createHash } from 'node:crypto';
import { indexTokens } from '@memori/text';
import { fingerprintOf } from './fact-key';

/** What is kept of a text that stood in a prompt: hashes, from which nobody reads it. */
export interface RecalledText {
  readonly fingerprint: string;
  /** Hashes of its tokens, each once. */
  readonly tokens: readonly number[];
  /** 0 to 1: how far it can be trusted. */
  readonly trust: number;
}

const ECHO_SHARE = 0.8;
/** Fewer tokens would make an echo of any short text. */
const FEW_TOKENS = 3;

export function recalledText(text: string, trust = 1): RecalledText {
  return { fingerprint: fingerprintOf(text), tokens: [...new Set(indexTokens(text).map(hashOf))], trust };
}

/** Whether a text says what one of these said: the same, or nearly all of its words out of it. */
export function isRecalled(content: string, recalled: readonly RecalledText[]): boolean {
  const { fingerprint, tokens } = recalledText(content);
  return recalled.some((text) => {
    if (text.fingerprint === fingerprint) return true;
    if (tokens.length < FEW_TOKENS) return false;
    const known = new Set(text.tokens);
    return tokens.filter((token) => known.has(token)).length / tokens.length >= ECHO_SHARE;
  });
}

/** A signed integer of PostgreSQL. Collisions of two words in one text are rare enough for a share of four fifths. */
function hashOf(token: string): number {
  return createHash('sha256').update(token).digest().readInt32BE(0);
}
