import 'reflect-metadata';
import { loadEnv } from '@memori/config';
import { runCli } from './run-cli';

const terminal = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};

void runCli(process.argv.slice(2), () => loadEnv(process.cwd()), terminal).then((code) => {
  process.exitCode = code;
});
