import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError, readRecords, readText } from '@memori/golds';
import { beamConversation, beamName, isBeamChat, isBeamQuestions } from './beam';
import { conversationsOfLines } from './conversation-lines';
import { isLocomo, locomoConversations } from './locomo';
import type { MemoryConversation } from './memory-case';

/** The conversations of files in LoCoMo's form, BEAM's, or our lines, each recognised by what it holds; `.gz` is taken. */
export function memoryConversations(files: readonly string[]): MemoryConversation[] {
  const chats = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  const questions = new Map<string, Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>();
  const others: MemoryConversation[] = [];
  for (const file of files) {
    const content = contentOf(file);
    if (content === undefined) others.push(...conversationsOfLines(readRecords([file]), basename(file)));
    else if (isLocomo(content)) others.push(...locomoConversations(content, basename(file)));
    else if (isBeamChat(content)) chats.set(beamName(file), content);
    else if (isBeamQuestions(content)) questions.set(beamName(file), content);
    else throw new InputError(`${file}: neither LoCoMo's form, nor BEAM's, nor lines of turns and questions.`);
  }
  const alone = [...questions.keys()].find((name) => !chats.has(name));
  if (alone !== undefined) throw new InputError(`${alone}: questions without their chat.`);
  return [
    ...others,
    ...[...chats].map(([name, chat]) => beamConversation(basename(name), chat, questions.get(name) ?? besides(name))),
  ];
}

/** The questions of a chat stand beside it, when they were not named. */
function besides(name: string) {
  const file = ['.probing_questions.json.gz', '.probing_questions.json', '/probing_questions/probing_questions.json']
    .map((ending) => name + ending)
    .find((each) => existsSync(each));
  const content = file === undefined ? undefined : contentOf(file);
  if (isBeamQuestions(content)) return content;
  throw new InputError(`${name}: a chat without its questions.`);
}

/** The JSON that a file is as a whole; undefined for lines of it. */
function contentOf(file: string): unknown {
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
