// A process that runs the embedded PostgreSQL, for tests that kill it: says on stdout, in JSON, what it started or why
// it could not; stops at the end of its input. The file with the class comes as an argument, so that nothing else of the
// lib is loaded.
const { EmbeddedPostgres } = require(process.argv[2]);

function say(message, then) {
  process.stdout.write(`${JSON.stringify(message)}\n`, then);
}

async function main(options) {
  const server = await EmbeddedPostgres.start(options);
  const { location, socketDir, pid, runsAs, foundOrphan } = server;
  say({ location, socketDir, pid, runsAs, foundOrphan, owner: server.configFor('owner') });
  process.stdin.resume().on('end', () => void server.stop().then(() => process.exit(0)));
}

main(JSON.parse(process.argv[3])).catch((error) => say({ error: error.message }, () => process.exit(1)));
