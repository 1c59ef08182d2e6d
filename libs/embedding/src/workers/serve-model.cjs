// The side of the worker thread: loads a model once and answers one batch after the other.
const { parentPort } = require('node:worker_threads');

/**
 * `load` resolves to a function that makes rows of numbers out of texts. Messages in: { id, texts, purpose }; out:
 * { ready } or { fault } once, then { id, values, dimensions } or { id, fault } each.
 */
module.exports = function serveModel(load) {
  load().then(
    (embed) => {
      parentPort.on('message', ({ id, texts, purpose }) => {
        embed(texts, purpose).then(
          (rows) => {
            const dimensions = rows[0]?.length ?? 0;
            const values = new Float32Array(rows.length * dimensions);
            rows.forEach((row, at) => values.set(row, at * dimensions));
            parentPort.postMessage({ id, values, dimensions }, [values.buffer]);
          },
          (error) => parentPort.postMessage({ id, fault: nameOf(error) }),
        );
      });
      parentPort.postMessage({ ready: true });
    },
    (error) => parentPort.postMessage({ fault: nameOf(error), detail: String(error?.message ?? error) }),
  );
};

// The message of a failed embedding could quote the text: only the kind of error leaves.
function nameOf(error) {
  return error instanceof Error ? error.name : 'error';
}
