import { judgeExtensions, type ExtensionFact } from './extension-checks';

const HAS = { installed: '1.0', available: '1.0' };
const version = (installed: string | null, available: string | null = installed): ExtensionFact => ({
  installed,
  available,
});

describe('the check of the extensions', () => {
  it('stops at a database without the language that our functions are written in', () => {
    const { errors } = judgeExtensions({ plpgsql: version(null, '1.0'), vector: HAS }, { vectors: false });

    expect(errors).toEqual([expect.stringMatching(/plpgsql.*missing.*CREATE EXTENSION plpgsql/)]);
  });

  it('wants no pgvector where nothing makes vectors', () => {
    expect(judgeExtensions({ plpgsql: HAS, vector: version(null) }, { vectors: false })).toEqual({
      errors: [],
      warnings: [],
    });
  });

  it.each([
    ['is nowhere', version(null), /no pgvector.*exact search.*install pgvector/],
    [
      'is only to be created',
      version(null, '0.8.1'),
      /pgvector 0\.8\.1 is there.*exact search.*CREATE EXTENSION vector/,
    ],
    ['has no index of the kind', version('0.4.4'), /pgvector 0\.4\.4 has no HNSW.*ALTER EXTENSION vector UPDATE/],
  ])('says what follows for vectors when pgvector %s', (_, vector, message) => {
    const { errors, warnings } = judgeExtensions({ plpgsql: HAS, vector }, { vectors: true });

    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it.each(['0.5.0', '0.8.1', '0.10.0', '1.0'])('is content with pgvector %s', (installed) => {
    const facts = { plpgsql: HAS, vector: version(installed) };

    expect(judgeExtensions(facts, { vectors: true }).warnings).toEqual([]);
  });
});
