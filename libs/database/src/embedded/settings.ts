/** What the embedded PostgreSQL is started with. fsync stays on: what was acknowledged survives `kill -9` and power loss. */
export function productSettings(): Record<string, string> {
  return {
    listen_addresses: '',
    max_connections: '100',
    shared_buffers: '64MB',
    // BullMQ's completions and retention deadlock now and then; one of the two is sent again, the sooner the better.
    deadlock_timeout: '100ms',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // After a crash every file is written down first; one call for the whole disk is much faster than one for each.
    ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
    // A laptop's disk rather than a server's.
    max_wal_size: '256MB',
    ...privateLog(),
  };
}

/**
 * The log says that the server started, stopped or failed. Errors of statements stay out, since a message like
 * "invalid input syntax for type integer: …" holds what somebody asked.
 */
function privateLog(): Record<string, string> {
  return {
    logging_collector: 'on',
    log_directory: '../log',
    log_filename: 'postgres-%u.log',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_truncate_on_rotation: 'on',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_lock_waits: 'off',
    log_connections: '',
    log_disconnections: 'off',
  };
}
