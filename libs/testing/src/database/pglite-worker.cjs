// PGlite in a thread of its own: it loads its parts by import(), which Jest's modules cannot do on Node 20.
const { parentPort } = require('node:worker_threads');
const { PGlite } = require('@electric-sql/pglite');
const { vector } = require('@electric-sql/pglite-pgvector');

const started = PGlite.create({ extensions: { vector } });

parentPort.on('message', ({ id, sql, params }) => {
  started
    .then((server) => (params ? server.query(sql, params) : server.exec(sql)))
    .then(
      (result) => parentPort.postMessage({ id, rows: params ? result.rows : [] }),
      (error) => parentPort.postMessage({ id, fault: String(error?.message ?? error) }),
    );
});
