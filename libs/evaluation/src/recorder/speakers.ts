import type { Completions } from './completions';
import { ANSWER_PURPOSE } from './messages-body';
import type { ModelRequest, Reply, Speaker } from './recorder';
import { errorReply, type RawReply, saidIn } from './said';

/** What the oracle says to a question: its gold, or that there is none. */
export type OracleAnswer = { readonly sql: string } | { readonly refusal: string };

const EMPTY = {
  sql: null,
  explanation: null,
  assumptions: null,
  clarificationQuestion: null,
  clarificationOptions: null,
  refusalReason: null,
};

/** Says what is known to be right. */
export function oracleSpeaker(find: (request: ModelRequest) => OracleAnswer | undefined): Speaker {
  return onlyAnswers((request) => {
    const answer = find(request);
    return answer ? said(answer) : 'not-recorded';
  });
}

/** Says of every question that it was only written down, which ends it after its first request. */
export function promptsSpeaker(): Speaker {
  return onlyAnswers(() => said({ refusal: 'This question was written down and not sent to a model.' }));
}

export function replaySpeaker(completions: Completions): Speaker {
  return ({ key }) => completions.find(key) ?? 'not-recorded';
}

/** Asks the model itself and keeps what it said. What the file already holds is not asked again. */
export function recordSpeaker(completions: Completions, baseUrl: string, send: typeof fetch): Speaker {
  return async (request) => {
    const known = completions.find(request.key);
    if (known) return known;
    const reply = await passOn(request, baseUrl, send);
    const whole = reply.status === 200 ? saidIn(reply.body) : undefined;
    const { question, dataSource, body } = request;
    if (whole) completions.keep(request.key, whole, { dataSource, question, model: body.model });
    return reply;
  };
}

/** Background calls are off while Memori is measured; should one come all the same, nobody has an answer for it. */
function onlyAnswers(speak: (request: ModelRequest) => Reply): Speaker {
  return (request) => (request.purpose === ANSWER_PURPOSE ? speak(request) : 'not-recorded');
}

function said(answer: OracleAnswer): Reply {
  const fields =
    'sql' in answer
      ? { ...EMPTY, outcome: 'sql', sql: answer.sql, explanation: 'The gold.' }
      : { ...EMPTY, outcome: 'refusal', refusalReason: answer.refusal };
  return { text: JSON.stringify(fields), stopReason: 'end_turn' };
}

async function passOn({ raw }: ModelRequest, baseUrl: string, send: typeof fetch): Promise<RawReply> {
  let response: Response;
  try {
    response = await send(`${baseUrl.replace(/\/+$/, '')}/v1/messages`, { method: 'POST', ...raw });
  } catch {
    return errorReply(503, 'api_error', 'The model could not be reached.');
  }
  const own = /^(content-type|retry-after|request-id|anthropic-.*)$/;
  const headers = Object.fromEntries([...response.headers].filter(([name]) => own.test(name)));
  return { status: response.status, headers, body: await response.text() };
}
