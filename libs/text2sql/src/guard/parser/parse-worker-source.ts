/**
 * The code of the parsing thread, as text: it runs by `eval`, so that it starts alike from the build (.js) and from
 * tests (.ts), needs no file beside it and holds nothing that a test runner instruments.
 *
 * The scanner goes first where a statement may be too much for the parser: some thousands of nested or chained
 * operators overflow its stack, and a few dozen overflows break the module for the life of its thread.
 */
export const PARSE_WORKER_SOURCE = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { loadModule, parseSync, scanSync } = require(workerData.module);
const { maxTokens, maxBracketDepth, maxTreeDepth } = workerData.limits;
const OPENING = new Set(['(', '[']);
const CLOSING = new Set([')', ']']);
const COMMENTS = new Set(['SQL_COMMENT', 'C_COMMENT']);

function mayBeLarge(sql) {
  return sql.length > 2000 || sql.includes('--') || sql.includes('/*') || (sql.match(/[([]/g) || []).length > maxBracketDepth;
}

/** Throws what says why the statement is too much; returns the byte after its last token that means something. */
function measure(tokens) {
  if (tokens.length > maxTokens) throw { tooComplex: 'more than ' + maxTokens + ' words and signs' };
  let depth = 0;
  let end = 0;
  for (const token of tokens) {
    if (OPENING.has(token.text)) depth += 1;
    if (CLOSING.has(token.text)) depth -= 1;
    if (depth > maxBracketDepth) throw { tooComplex: 'brackets nested more than ' + maxBracketDepth + ' deep' };
    if (token.text !== ';' && !COMMENTS.has(token.tokenName)) end = token.end;
  }
  return end;
}

function tooDeep(tree) {
  const open = [[tree, 0]];
  while (open.length > 0) {
    const [node, depth] = open.pop();
    if (depth > maxTreeDepth) return true;
    for (const child of Object.values(node)) if (child !== null && typeof child === 'object') open.push([child, depth + 1]);
  }
  return false;
}

/** What cannot be scanned cannot be parsed either, and the parser says better why. */
function tokensOf(sql) {
  try {
    return scanSync(sql).tokens;
  } catch (error) {
    if (!(error instanceof RangeError)) parseSync(sql);
    throw error;
  }
}

function read(sql) {
  const end = mayBeLarge(sql) ? measure(tokensOf(sql)) : undefined;
  const tree = parseSync(sql);
  if (tooDeep(tree)) throw { tooComplex: 'operators or joins nested too deep' };
  return { kind: 'parsed', tree: JSON.stringify(tree), end };
}

function answer(sql) {
  try {
    return read(sql);
  } catch (error) {
    if (error && error.tooComplex) return { kind: 'too-complex', reason: error.tooComplex };
    if (error && error.name === 'SqlError') {
      return { kind: 'syntax-error', message: error.message, position: error.sqlDetails ? error.sqlDetails.cursorPosition : undefined };
    }
    return { kind: 'broken', reason: error instanceof RangeError ? 'nested too deep' : 'not readable by the parser' };
  }
}

loadModule().then(() => {
  parentPort.on('message', (sql) => parentPort.postMessage(answer(sql)));
  parentPort.postMessage({ kind: 'ready' });
});
`;
