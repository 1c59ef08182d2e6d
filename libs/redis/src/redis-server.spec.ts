import { judgeRedis, redisOptions } from './redis-server';

describe('the URL of Redis', () => {
  it('gives host, port and database', () => {
    expect(redisOptions('redis://cache:6380/3')).toMatchObject({ host: 'cache', port: 6380, db: 3 });
    expect(redisOptions('redis://cache')).toMatchObject({ host: 'cache', port: 6379, db: 0 });
    expect(redisOptions('redis://[::1]:6379').host).toBe('::1');
  });

  it('gives user and password as they were before they were encoded', () => {
    expect(redisOptions('redis://us%40er:p%2Fw%3A@h')).toMatchObject({ username: 'us@er', password: 'p/w:' });
    expect(redisOptions('redis://h')).not.toHaveProperty('password');
  });

  it('asks for TLS with rediss', () => {
    expect(redisOptions('rediss://h').tls).toEqual({});
    expect(redisOptions('redis://h').tls).toBeUndefined();
  });

  it('tries again soon at first and never rarer than once in five seconds', () => {
    const { retryStrategy } = redisOptions('redis://h');
    expect([1, 2, 1000].map((times) => retryStrategy?.(times))).toEqual([100, 200, 5000]);
  });
});

describe('the check of Redis', () => {
  it('refuses a version before 7', () => {
    expect(() => judgeRedis({ version: '6.2.14', evictionPolicy: 'noeviction' })).toThrow('Redis 6.2.14 is too old');
    expect(judgeRedis({ version: '7.0.15', evictionPolicy: 'noeviction' })).toEqual([]);
    expect(judgeRedis({ version: '10.1.0', evictionPolicy: '' })).toEqual([]);
  });

  it('warns of a Redis that throws keys away', () => {
    expect(judgeRedis({ version: '7.2', evictionPolicy: 'allkeys-lru' })[0]).toMatch(/allkeys-lru.*noeviction/);
  });
});
