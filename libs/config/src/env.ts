import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';

/** Reads 'true' and 'false'; any other text stays text and fails @IsBoolean. */
const Flag = () =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
const Numeric = () => Type(() => Number);

/** Every variable that Memori reads, with its default. Checked once, at start. An empty value means unset. */
export class Env {
  /** TCP port of the HTTP server. */
  @IsInt()
  @Min(0)
  @Max(65535)
  @Numeric()
  MEMORI_PORT = 3000;

  /** Address that the HTTP server binds to. */
  @IsString()
  MEMORI_HOST = '127.0.0.1';

  /** Folder of the embedded PostgreSQL, the made keys and nothing else. */
  @IsString()
  MEMORI_DATA_DIR = '.memori';

  /** Which doors this process opens: all, api or worker. Other roles than all need MEMORI_DATABASE_URL. */
  @IsIn(['all', 'api', 'worker'])
  MEMORI_ROLE: 'all' | 'api' | 'worker' = 'all';

  /** Memori's own PostgreSQL (16 or later). Empty: an embedded one under MEMORI_DATA_DIR. */
  @IsString()
  MEMORI_DATABASE_URL = '';

  /** The same database past a pooler, for LISTEN, locks and migrations. Empty: MEMORI_DATABASE_URL. */
  @IsString()
  MEMORI_DATABASE_DIRECT_URL = '';

  /** Redis (7 or later) for the queue and the slots. Empty: on PostgreSQL. */
  @IsString()
  MEMORI_REDIS_URL = '';

  /** Key for Claude. Empty: no model is asked, and questions that need one answer 503. */
  @IsString()
  MEMORI_ANTHROPIC_API_KEY = '';

  /** Address of a server that speaks the Messages API. Empty: Anthropic's. */
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  MEMORI_ANTHROPIC_BASE_URL?: string;

  /** The model that answers questions first. */
  @IsString()
  MEMORI_CLAUDE_MODEL = 'claude-sonnet-5-5';

  /** The cheap model: answers when a budget runs low, and says so. */
  @IsString()
  MEMORI_CLAUDE_FAST_MODEL = 'claude-haiku-5-5';

  /** The model for hard questions, for the last repair, and after a reply that was none. */
  @IsString()
  MEMORI_CLAUDE_STRONG_MODEL = 'claude-opus-5-5';

  /** Effort that the models are asked for: low, medium, high, xhigh or max. */
  @IsIn(['low', 'medium', 'high', 'xhigh', 'max'])
  MEMORI_CLAUDE_EFFORT: 'low' | 'medium' | 'high' | 'xhigh' | 'max' = 'low';

  /** Longest wait for one attempt at the model, in milliseconds. */
  @IsInt()
  @Min(1000)
  @Numeric()
  MEMORI_CLAUDE_TIMEOUT_MS = 60_000;

  /** Most tokens that one reply may have. */
  @IsInt()
  @Min(256)
  @Max(128_000)
  @Numeric()
  MEMORI_MAX_OUTPUT_TOKENS = 4096;

  /** Attempts at the model that failed for a passing reason before the question fails. */
  @IsInt()
  @Min(1)
  @Max(100)
  @Numeric()
  MEMORI_MAX_ATTEMPTS = 4;

  /** Rounds of repair after the guard or PostgreSQL refused the SQL. */
  @IsInt()
  @Min(0)
  @Max(2)
  @Numeric()
  MEMORI_REPAIR_ROUNDS = 1;

  /** False stops every call to the model but those that answer a question. */
  @IsBoolean()
  @Flag()
  MEMORI_BACKGROUND_MODEL_CALLS = true;

  /** Whether those calls go through Message Batches, at half price and within a day. */
  @IsBoolean()
  @Flag()
  MEMORI_BACKGROUND_BATCH = false;

  /** Tokens that one user may spend in a day. */
  @IsInt()
  @Min(0)
  @Numeric()
  MEMORI_DAILY_TOKEN_LIMIT = 1_000_000;

  /** Estimated input tokens that one attempt may have. */
  @IsInt()
  @Min(500)
  @Numeric()
  MEMORI_PER_REQUEST_TOKEN_LIMIT = 8000;

  /** Share of a limit at which an alert is raised once a window and the cheap model answers, 0 to 1; 0: neither. */
  @IsNumber()
  @Min(0)
  @Max(1)
  @Numeric()
  MEMORI_BUDGET_ALERT_THRESHOLD = 0.8;

  /** What all calls together may cost in a month, in USD. Empty: no limit. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Numeric()
  MEMORI_MONTHLY_BUDGET_USD?: number;

  /** Life of a hold on the budget before the reaper settles it, in milliseconds. */
  @IsInt()
  @Min(1000)
  @Numeric()
  MEMORI_HOLD_TTL_MS = 900_000;

  /** Attempts in flight at the model over all instances. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_MAX_CONCURRENT_REQUESTS = 10;

  /** Attempts in flight at the model for one user over all instances. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_MAX_REQUESTS_PER_USER = 3;

  /** Life of a slot's lease without renewal, in milliseconds. */
  @IsInt()
  @Min(1000)
  @Numeric()
  MEMORI_SLOT_LEASE_MS = 30_000;

  /** Questions that may wait before new ones are refused with 503. */
  @IsInt()
  @Min(0)
  @Numeric()
  MEMORI_QUEUE_MAX_WAITING = 1000;

  /** Longest that a question waits before it fails with queue-timeout, in seconds. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_QUEUE_MAX_WAIT_SECONDS = 600;

  /** Waiting questions that one worker process answers at once (10 at most). */
  @IsInt()
  @Min(1)
  @Max(10)
  @Numeric()
  MEMORI_WORKER_CONCURRENCY = 10;

  /** Whether repeated questions are served from stored SQL, executed again. */
  @IsBoolean()
  @Flag()
  MEMORI_ENABLE_CACHING = true;

  /** Longest life of a stored answer, in seconds. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_CACHE_TTL_SECONDS = 3600;

  /** How long the rows of an answer are kept (encrypted), in seconds. */
  @IsInt()
  @Min(0)
  @Numeric()
  MEMORI_RESULT_TTL_SECONDS = 3600;

  /** Most rows that any answer reads. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_MAX_ROWS = 10_000;

  /** Most bytes that one result may send over the socket. */
  @IsInt()
  @Min(1024)
  @Numeric()
  MEMORI_MAX_RESULT_BYTES = 16_777_216;

  /** Longest run of one statement on a data source, in milliseconds. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_STATEMENT_TIMEOUT_MS = 30_000;

  /** Life of a session after its last use, in seconds. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_SESSION_TTL_SECONDS = 86_400;

  /** Live session objects that one process keeps; the least recently used goes first. */
  @IsInt()
  @Min(1)
  @Numeric()
  MEMORI_SESSION_CACHE_SIZE = 1000;

  /** Time zone of an asker who names none. */
  @IsString()
  MEMORI_DEFAULT_TIMEZONE = 'UTC';

  /** Language of answers when the request names none. Empty: the question's. */
  @IsOptional()
  @Matches(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  MEMORI_DEFAULT_LANGUAGE?: string;

  /** Where vectors come from: none, use-lite, onnx or http. */
  @IsIn(['none', 'use-lite', 'onnx', 'http'])
  MEMORI_EMBEDDING_PROVIDER: 'none' | 'use-lite' | 'onnx' | 'http' = 'none';

  /** Address of the embedding endpoint (http), in the form of OpenAI or Voyage. */
  @IsString()
  MEMORI_EMBEDDING_PROVIDER_URL = '';

  /** Name of the model (http), or the folder of one (onnx). */
  @IsString()
  MEMORI_EMBEDDING_PROVIDER_MODEL = '';

  /** Key of the embedding endpoint. */
  @IsString()
  MEMORI_EMBEDDING_PROVIDER_API_KEY = '';

  /** Weights of recall's signals that are to be others than the defaults, as a JSON object. */
  @IsString()
  MEMORI_RECALL_WEIGHTS = '';

  /** Whether data sources and webhooks may lie on private addresses; link-local and metadata addresses never may. */
  @IsBoolean()
  @Flag()
  MEMORI_ALLOW_PRIVATE_DATA_SOURCES = true;

  /** Whether a data source is refused when its role can do more than read. */
  @IsBoolean()
  @Flag()
  MEMORI_REQUIRE_LEAST_PRIVILEGE = false;

  /** The demo data source: auto (embedded only), true or false. */
  @IsIn(['auto', 'true', 'false'])
  MEMORI_DEMO: 'auto' | 'true' | 'false' = 'auto';

  /** Level of the JSON log: fatal, error, warn, info, debug or trace. */
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  MEMORI_LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' = 'info';

  /** Whether /docs and /openapi.json are served. */
  @IsBoolean()
  @Flag()
  MEMORI_DOCS_ENABLED = true;

  /** Whether X-Forwarded-* headers of a proxy are believed. */
  @IsBoolean()
  @Flag()
  MEMORI_TRUST_PROXY = false;

  /** Time for questions in flight to end at shutdown, in seconds. */
  @IsInt()
  @Min(0)
  @Numeric()
  MEMORI_SHUTDOWN_GRACE_SECONDS = 30;

  /** The administrator's key, 16 or more printable ASCII characters. Embedded: made at the first start. */
  @IsOptional()
  @Matches(/^[\x21-\x7e]{16,}$/, { message: 'MEMORI_ADMIN_KEY must be 16 or more printable ASCII characters' })
  MEMORI_ADMIN_KEY?: string;

  /** Key that encrypts passwords and kept rows, 32 bytes as base64 or hex. Embedded: made at the first start. */
  @IsOptional()
  @Matches(/^([0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$/, {
    message: 'MEMORI_ENCRYPTION_KEY must be 32 bytes as base64 or hex',
  })
  MEMORI_ENCRYPTION_KEY?: string;
}

/** The variables whose value is a secret: each may also come as NAME_FILE, and none may stand in .env.memori. */
export const SECRET_VARIABLES = [
  'MEMORI_DATABASE_URL',
  'MEMORI_DATABASE_DIRECT_URL',
  'MEMORI_REDIS_URL',
  'MEMORI_ANTHROPIC_API_KEY',
  'MEMORI_EMBEDDING_PROVIDER_API_KEY',
  'MEMORI_ADMIN_KEY',
  'MEMORI_ENCRYPTION_KEY',
] as const satisfies readonly (keyof Env)[];
