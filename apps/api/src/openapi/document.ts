import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../version';
import { problemWith } from './endpoint.decorator';
import { SCHEMAS } from './schemas';
import { shareParts } from './share-parts';

const DESCRIPTION = [
  'Answers questions about a PostgreSQL database in plain words: a question goes in; checked SQL, the rows and a short explanation come out.',
  'Authorize with the administrator’s key (the start-up block says where it lies) or one made with `POST /v1/admin/api-keys`.',
].join('\n\n');

const TAGS: Record<string, string> = {
  Questions: 'Ask, wait, follow, cancel.',
  SQL: 'The guard and the executor, without a model.',
  'Data sources': 'The databases that questions are about.',
  Glossary: 'What words, metrics and rules mean in a data source.',
  'Verified queries': 'Questions whose SQL people have approved; answered without a model.',
  Sessions: 'What was said, in which session.',
  Memories: 'What is kept and found again.',
  Budget: 'What may be spent and what was.',
  Jobs: 'What failed for good, and how to take it up again.',
  Me: 'Who the key speaks for.',
  Administration: 'Tenants, keys, audit.',
  Service: 'Health and metrics.',
};

/** The document of the API, from its controllers. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Memori')
    .setVersion(VERSION)
    .setDescription(DESCRIPTION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This service.')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'The administrator’s key, or one that an administrator made.',
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false });
  refuseLargeBodies(document);
  const schemas = { ...SCHEMAS, ...document.components?.schemas };
  const info = { ...document.info, contact: { name: 'Whoever runs this installation' } };
  return shareParts({ ...document, info, components: { ...document.components, schemas: sorted(schemas) } });
}

/** Whatever takes a body refuses one that is too large; a route that says nothing of its own says this. */
function refuseLargeBodies(document: OpenAPIObject): void {
  const content = { 'application/problem+json': { schema: problemWith(['request-too-large']) } };
  for (const item of Object.values(document.paths))
    for (const operation of [item.post, item.patch, item.put])
      if (operation?.requestBody) operation.responses['413'] ??= { description: 'The body is too large.', content };
}

/** The same order every time, so that the committed file changes only with the API. */
function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
