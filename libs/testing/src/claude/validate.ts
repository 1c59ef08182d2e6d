import { ClaudeError, invalid } from './errors';
import {
  type Json,
  checkArray,
  checkFields,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkString,
  checkSurrogates,
} from './fields';
import { type ModelRules, findModel } from './models';
import {
  type PromptBlock,
  checkBreakpoints,
  validateMessages,
  validateSystem,
  validateTools,
} from './validate-content';
import { validateSchema } from './validate-schema';

const MESSAGE_FIELDS = [
  'model', 'messages', 'max_tokens', 'system', 'stream', 'metadata', 'stop_sequences', 'temperature', 'top_p', 'top_k',
  'thinking', 'tools', 'tool_choice', 'output_config', 'service_tier', 'inference_geo', 'cache_control',
]; // prettier-ignore
const COUNT_FIELDS = [
  'model',
  'messages',
  'system',
  'thinking',
  'tools',
  'tool_choice',
  'output_config',
  'cache_control',
];

/** A body that the API would accept, taken apart. */
export interface ValidRequest {
  readonly body: Json;
  readonly model: ModelRules;
  readonly blocks: readonly PromptBlock[];
  readonly schema: Json | undefined;
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly thinks: boolean;
  readonly showsThinking: boolean;
}

/** Checks a body of `POST /v1/messages` as strictly as the API does. Throws the ClaudeError that it would answer. */
export function validateMessageRequest(value: unknown, now: Date): ValidRequest {
  checkSurrogates(value);
  const body = checkFields(value, '', MESSAGE_FIELDS, ['model', 'messages', 'max_tokens']);
  const model = knownModel(body, now);
  const maxTokens = checkInteger(body['max_tokens'], 'max_tokens', 0);
  if (maxTokens > model.maxOutputTokens)
    throw invalid(
      `max_tokens: ${maxTokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    );
  checkPlainFields(body);
  checkSampling(body, model);
  return { ...common(body, model), maxTokens, stream: body['stream'] === true };
}

/** Checks a body of `POST /v1/messages/count_tokens`. */
export function validateCountRequest(value: unknown, now: Date): ValidRequest {
  checkSurrogates(value);
  const body = checkFields(value, '', COUNT_FIELDS, ['model', 'messages']);
  return { ...common(body, knownModel(body, now)), maxTokens: 0, stream: false };
}

function common(body: Json, model: ModelRules) {
  const thinking = checkThinking(body, model);
  const schema = checkOutputConfig(body, model);
  const messages = validateMessages(body['messages'], model);
  if (schema && messages.at(-1)?.role === 'assistant')
    throw invalid('output_config.format: Structured outputs are not compatible with assistant message prefill');
  const tools = validateTools(body['tools']);
  checkToolChoice(body, model, tools.length);
  const blocks = withTopLevelMark([...tools, ...validateSystem(body['system']), ...messages], body);
  checkBreakpoints(blocks);
  return { body, model, blocks, schema, ...thinking };
}

function knownModel(body: Json, now: Date): ModelRules {
  const name = checkString(body['model'], 'model');
  const model = findModel(name, now);
  if (!model) throw new ClaudeError(404, 'not_found_error', `model: ${name}`, { 'x-should-retry': 'false' });
  return model;
}

function checkPlainFields(body: Json): void {
  if (body['stream'] !== undefined && typeof body['stream'] !== 'boolean')
    throw invalid('stream: Input should be a valid boolean');
  if (body['metadata'] !== undefined) {
    const { user_id: userId } = checkFields(body['metadata'], 'metadata', ['user_id'], []);
    if (userId != null && checkString(userId, 'metadata.user_id').length > 256)
      throw invalid('metadata.user_id: String should have at most 256 characters');
  }
  if (body['stop_sequences'] !== undefined)
    checkArray(body['stop_sequences'], 'stop_sequences').forEach((stop, i) => {
      if (checkString(stop, `stop_sequences.${i}`).trim() === '')
        throw invalid('stop_sequences: each stop sequence must contain non-whitespace');
    });
  if (body['service_tier'] !== undefined) checkOneOf(body['service_tier'], 'service_tier', ['auto', 'standard_only']);
}

function checkSampling(body: Json, model: ModelRules): void {
  for (const [name, high] of [
    ['temperature', 1],
    ['top_p', 1],
    ['top_k', 500],
  ] as const) {
    if (body[name] === undefined) continue;
    if (!model.sampling) throw invalid(`\`${name}\` is deprecated for this model.`);
    checkNumber(body[name], name, 0, high);
  }
  if (body['temperature'] !== undefined && body['top_p'] !== undefined)
    throw invalid('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
}

function checkThinking(body: Json, model: ModelRules): { thinks: boolean; showsThinking: boolean } {
  if (body['thinking'] === undefined) return { thinks: model.thinksByDefault, showsThinking: false };
  const thinking = checkFields(body['thinking'], 'thinking', ['type', 'budget_tokens', 'display'], ['type']);
  const type = checkOneOf(thinking['type'], 'thinking.type', ['enabled', 'disabled', 'adaptive']);
  if (!model.thinkingTypes.includes(type))
    throw invalid(
      `"thinking.type.${type}" is not supported for this model.` +
        (type === 'enabled'
          ? ' Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
          : ''),
    );
  if (type !== 'enabled' && thinking['budget_tokens'] !== undefined)
    throw invalid(`thinking.${type}.budget_tokens: Extra inputs are not permitted`);
  if (type === 'enabled') {
    const budget = checkInteger(thinking['budget_tokens'], 'thinking.enabled.budget_tokens', 1024);
    if (budget >= Number(body['max_tokens']))
      throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (thinking['display'] != null)
    checkOneOf(thinking['display'], `thinking.${type}.display`, ['summarized', 'omitted']);
  return { thinks: type !== 'disabled', showsThinking: thinking['display'] === 'summarized' || type === 'enabled' };
}

function checkOutputConfig(body: Json, model: ModelRules): Json | undefined {
  if (body['output_config'] === undefined) return undefined;
  const config = checkFields(body['output_config'], 'output_config', ['effort', 'format'], []);
  if (config['effort'] != null) {
    if (model.efforts.length === 0) throw invalid('This model does not support the effort parameter.');
    const effort = checkOneOf(config['effort'], 'output_config.effort', ['low', 'medium', 'high', 'xhigh', 'max']);
    if (!model.efforts.includes(effort))
      throw invalid(
        `This model does not support effort level '${effort}'. Supported levels: ${model.efforts.join(', ')}.`,
      );
  }
  if (config['format'] == null) return undefined;
  const format = checkFields(config['format'], 'output_config.format', ['type', 'schema'], ['type', 'schema']);
  checkOneOf(format['type'], 'output_config.format.type', ['json_schema']);
  return validateSchema(format['schema']);
}

function checkToolChoice(body: Json, model: ModelRules, tools: number): void {
  if (body['tool_choice'] === undefined) return;
  const known = ['type', 'name', 'disable_parallel_tool_use'];
  const choice = checkFields(body['tool_choice'], 'tool_choice', known, ['type']);
  const type = checkOneOf(choice['type'], 'tool_choice.type', ['auto', 'any', 'tool', 'none']);
  if (tools === 0) throw invalid('tool_choice may only be specified while providing tools');
  if ((type === 'any' || type === 'tool') && !model.forcedTools)
    throw invalid(`tool_choice.type: '${type}' is not supported for this model. Use 'auto'.`);
}

/** A mark at the top level stands for one on the last block. */
function withTopLevelMark(blocks: PromptBlock[], body: Json): PromptBlock[] {
  const last = blocks.at(-1);
  if (body['cache_control'] == null || !last || last.cache) return blocks;
  const mark = checkFields(body['cache_control'], 'cache_control', ['type', 'ttl'], ['type']);
  checkOneOf(mark['type'], 'cache_control.type', ['ephemeral']);
  return [...blocks.slice(0, -1), { ...last, cache: { ttl: mark['ttl'] === '1h' ? '1h' : '5m' } }];
}
