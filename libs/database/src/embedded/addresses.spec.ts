import { Client } from 'pg';
import { configFor, socketUrl } from './addresses';

const passwords = { superuser: 's', owner: 'o', runtime: 'r', demoOwner: 'd', demoReader: `p@ss/w:rd?&'` };

it('reaches the demo as its own roles and all else as those of Memori', () => {
  expect(configFor('/run', passwords, 'runtime')).toEqual({
    host: '/run',
    port: 5432,
    user: 'memori',
    password: 'r',
    database: 'memori',
  });
  expect(configFor('/run', passwords, 'demoReader')).toMatchObject({ user: 'demo_reader', database: 'demo' });
});

it('says in a URL what pg reads out of it again', () => {
  const config = configFor(`/Mes données, l'été/数据`, passwords, 'demoReader');
  const { host, port, user, password, database } = new Client({ connectionString: socketUrl(config) });
  expect({ host, port, user, password, database }).toEqual(config);
});
