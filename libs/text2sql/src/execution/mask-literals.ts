/**
 * Errors about names and syntax: what stands in double quotes is an identifier of the schema or of the SQL, which the
 * repair needs. In all others it is likely a value.
 */
const NAMES_ONLY = new Set([
  '3F000', // schema does not exist
  '42501', // permission denied
  '42601', // syntax error: the token, unless it is a literal
  '42602', // invalid name
  '42611',
  '42622', // name too long
  '42701', // duplicate column
  '42702', // ambiguous column
  '42703', // undefined column
  '42704', // undefined object
  '42710',
  '42712', // duplicate alias
  '42723',
  '42725', // ambiguous function
  '42803', // grouping error
  '42804', // datatype mismatch
  '42809', // wrong object type
  '42846', // cannot coerce
  '42883', // undefined function
  '42939',
  '42P01', // undefined table
  '42P02', // undefined parameter
  '42P09', // ambiguous alias
  '42P10', // invalid column reference
  '42P18', // indeterminate datatype
  '42P19', // invalid recursion
  '42P20', // windowing error
  '42P21', // collation mismatch
  '42P22', // indeterminate collation
]);

/** Classes that PostgreSQL leaves to code of the database's owner, who may put anything into a message, quoted or not. */
const OWN_WORDS = /^P0|^[5-9I-Z]/;
const SERVERS_OWN = /^(5[34578]|72|XX)/;

/** Stands for a message that code of the database's owner wrote. */
export const WITHHELD = 'The database raised an error of its own; its words are withheld, since they may hold data.';

const MASK = '"…"';
/** From the first quote to the last: PostgreSQL does not escape a quote inside of a value. Any language's quotes. */
const ALL_QUOTED = /["'“”„«»‹›「」『』‘’].*["'“”„«»‹›「」『』‘’]|["“„«‹「『].*$/s;
const EACH_QUOTED = /"((?:[^"]|"")*)"/g;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{M}\p{N}_$.]*$/u;
const PUNCTUATION = /^[^\p{L}\p{N}'"$\\]{1,3}$/u;

/**
 * The message of a server with its values masked, for the client, the model and the log. Without a SQLSTATE everything
 * quoted is masked.
 */
export function maskLiterals(message: string, sqlstate = ''): string {
  if (NAMES_ONLY.has(sqlstate)) return sqlstate === '42601' ? maskTokens(message) : message;
  if (OWN_WORDS.test(sqlstate) && !SERVERS_OWN.test(sqlstate)) return WITHHELD;
  return message.replace(ALL_QUOTED, MASK);
}

/** `syntax error at or near "FROM"` keeps the token, `… near "'Alice'"` and `… near "bob" of jsonpath input` do not. */
function maskTokens(message: string): string {
  if (!/^syntax error at (or near|end of input)/.test(message) || message.includes('jsonpath'))
    return message.replace(ALL_QUOTED, MASK);
  const quotes = message.match(/"/g)?.length ?? 0;
  if (quotes > 2) return message.replace(ALL_QUOTED, MASK);
  return message.replace(EACH_QUOTED, (whole, token: string) =>
    IDENTIFIER.test(token) || PUNCTUATION.test(token) ? whole : MASK,
  );
}
