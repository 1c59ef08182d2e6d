import { Agent, type IncomingMessage, request } from 'node:http';
import type { MemoriProcess } from '../process/memori-process';
import { freshQuestion } from './shop';

export interface Timings {
  readonly queueMs: number;
  readonly contextMs: number;
  readonly modelMs: number;
  readonly guardMs: number;
  readonly databaseMs: number;
  readonly totalMs: number;
}

/** Asks a Memori fresh questions over kept connections, and keeps where the time went by its own account. */
export class Asker {
  readonly timings: Timings[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 100 });
  private readonly target: URL;

  constructor(
    private readonly memori: MemoriProcess,
    private readonly dataSourceId: string,
  ) {
    this.target = new URL('/v1/questions', memori.url);
  }

  /** Each client is a user of its own, as it would be in life. */
  async ask(client = 0): Promise<void> {
    const body = JSON.stringify({ question: freshQuestion(), dataSourceId: this.dataSourceId });
    const { status, text } = await this.post(body, `client-${client}`);
    const answer = JSON.parse(text) as { status: string; source: string; timings: Timings };
    if (status !== 200 || answer.status !== 'answered' || answer.source !== 'model')
      throw new Error(`not answered by the model: ${status} ${text.slice(0, 500)}`);
    this.timings.push(answer.timings);
  }

  close(): void {
    this.agent.destroy();
  }

  private post(body: string, user: string): Promise<{ status: number; text: string }> {
    const headers = {
      authorization: `Bearer ${this.memori.adminKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      prefer: 'wait=60',
      'x-memori-user': user,
    };
    return new Promise((resolve, reject) => {
      const call = request(this.target, { method: 'POST', agent: this.agent, headers }, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}
