import { runAsFor } from './run-as';

const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104:PG:/var/lib:/bin/bash\n';

describe('the user of the server', () => {
  it('is the user himself when he is not root', () => {
    expect(runAsFor(1000, PASSWD)).toBeUndefined();
  });

  it('is postgres for root, else nobody, else the number that nobody mostly has', () => {
    expect(runAsFor(0, PASSWD)).toEqual({ name: 'postgres', uid: 101, gid: 104 });
    expect(runAsFor(0, PASSWD.replace(/postgres.*\n/, ''))).toEqual({ name: 'nobody', uid: 65534, gid: 65533 });
    expect(runAsFor(0, '')).toMatchObject({ uid: 65534 });
  });

  it('is never another root', () => {
    expect(runAsFor(0, 'postgres:x:0:0::/:/bin/sh\n')).toMatchObject({ uid: 65534 });
  });
});
