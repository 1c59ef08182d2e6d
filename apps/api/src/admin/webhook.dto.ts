import { EVENT_TYPES } from '@memori/webhooks';
import { TextField, TextsField } from '../openapi/fields';

export class CreateWebhookRequest {
  @TextField({
    description: 'Where events are sent, by POST. Link-local and metadata addresses are refused.',
    example: 'https://hooks.example.com/memori',
    maxLength: 2000,
  })
  url: string;

  @TextsField({
    description: 'Which events; `*`: all. Default: all.',
    values: ['*', ...EVENT_TYPES],
    maxItems: 20,
    optional: true,
  })
  events?: string[] | null;
}
