import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseEnv, SECRET_VARIABLES, variableNames } from '@memori/config';

interface Probe {
  readonly httpGet: { path: string; port: string };
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly env: { name: string; value: string }[];
  readonly envFrom: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  readonly ports: { name: string; containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { name: string };
  readonly data: Record<string, string>;
  readonly spec: {
    readonly selector: { matchLabels: Record<string, string> } & Record<string, string>;
    readonly ports: { port: number; targetPort: string }[];
    readonly template: {
      readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      readonly spec: {
        enableServiceLinks?: boolean;
        terminationGracePeriodSeconds: number;
        containers: [Container];
      };
    };
  };
}

const root = join(__dirname, '..');
const text = readFileSync(join(root, 'deploy/kubernetes/memori.yaml'), 'utf8');
const documents = parseAllDocuments(text, { uniqueKeys: true });
const manifests = documents.map((document) => document.toJS() as Manifest);
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const [config] = ofKind('ConfigMap') as [Manifest];
const deployments = ofKind('Deployment');
/** What the comment at the top tells people to put into the secret. */
const secrets = [...text.matchAll(/--from-literal=(\w+)=/g)].map((match) => match[1] ?? '');
const { paths } = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as { paths: Record<string, unknown> };

describe('deploy/kubernetes', () => {
  it('is well-formed, and names no thing twice', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual(['ConfigMap memori', 'Deployment memori-api', 'Deployment memori-worker', 'Service memori']);
  });

  it('sets only variables that Memori reads, and no secret in the open', () => {
    const open = [...Object.keys(config.data), ...deployments.flatMap((it) => containerOf(it).env.map((e) => e.name))];

    expect([...open, ...secrets].filter((name) => !variableNames().includes(name))).toEqual([]);
    expect(open.filter((name) => (SECRET_VARIABLES as readonly string[]).includes(name))).toEqual([]);
    expect(secrets.filter((name) => !(SECRET_VARIABLES as readonly string[]).includes(name))).toEqual([]);
  });
});

describe.each(deployments.map((manifest) => [manifest.metadata.name, manifest] as const))('%s', (name, deployment) => {
  const pod = deployment.spec.template.spec;
  const container = containerOf(deployment);

  it('gets a configuration that Memori accepts', () => {
    const made = {
      MEMORI_DATABASE_URL: 'postgresql://memori:x@postgres:5432/memori',
      MEMORI_REDIS_URL: 'redis://redis:6379',
      MEMORI_ADMIN_KEY: 'ab'.repeat(24),
      MEMORI_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
      MEMORI_ANTHROPIC_API_KEY: 'key',
    };
    expect(Object.keys(made).sort()).toEqual([...secrets].sort());

    const own = Object.fromEntries(container.env.map((entry) => [entry.name, entry.value]));
    const env = parseEnv({ ...config.data, ...made, ...own });

    expect(`memori-${env.MEMORI_ROLE}`).toBe(name);
    expect(env.MEMORI_HOST).toBe('0.0.0.0');
    expect(container.envFrom).toEqual([{ configMapRef: { name: 'memori' } }, { secretRef: { name: 'memori' } }]);
    expect(container.ports).toEqual([{ name: 'http', containerPort: env.MEMORI_PORT }]);
    // For closing, see apps/memori/src/shutdown.ts.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(env.MEMORI_SHUTDOWN_GRACE_SECONDS + 15);
  });

  it('would not be given MEMORI_PORT=tcp://… by a Service of the name memori', () => {
    expect(pod.enableServiceLinks).toBe(false);
    expect(() => parseEnv({ MEMORI_PORT: 'tcp://10.0.0.1:80' })).toThrow('MEMORI_PORT');
  });

  it('is probed and scraped where there is something', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const { annotations } = deployment.spec.template.metadata;
    const probed = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);

    expect(probed).toEqual(['/health/startup', '/health/live', '/health/ready']);
    expect([...probed, annotations['prometheus.io/path'] ?? ''].filter((path) => !(path in paths))).toEqual([]);
    expect(annotations['prometheus.io/port']).toBe(config.data.MEMORI_PORT);
    // A start may wait 30 s for PostgreSQL and 30 s for Redis.
    expect(startupProbe.periodSeconds * (startupProbe.failureThreshold ?? 3)).toBeGreaterThan(60);
  });

  it('selects its own pods', () => {
    expect(deployment.spec.template.metadata.labels).toEqual(deployment.spec.selector.matchLabels);
  });
});

it('the Service leads to the api alone', () => {
  const [service] = ofKind('Service') as [Manifest];
  const meets = ({ spec }: Manifest) =>
    Object.entries(service.spec.selector).every(([label, value]) => spec.template.metadata.labels[label] === value);

  expect(deployments.filter(meets).map(({ metadata }) => metadata.name)).toEqual(['memori-api']);
  expect(service.spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
});

function containerOf({ spec }: Manifest): Container {
  return spec.template.spec.containers[0];
}
