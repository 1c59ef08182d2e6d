import { productSettings } from './settings';

it('keeps what people ask out of the log', () => {
  expect(productSettings()).toMatchObject({
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    // Above ERROR: the message of an error may hold a value itself.
    log_min_messages: 'log',
  });
});

it('neither opens a port nor gives up durability', () => {
  const settings = productSettings();
  expect(settings.listen_addresses).toBe('');
  expect(Object.keys(settings)).not.toEqual(
    expect.arrayContaining(['fsync', 'synchronous_commit', 'full_page_writes']),
  );
});
