import { entityFaults, testDatabase } from '@memori/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { questionWorld } from '../../../test/support/question-world';

/** Wrong on purpose: a type, a NOT NULL, a column too many, and all that it leaves out. */
@Entity({ schema: 'memori', name: 'memory_history' })
class Mistaken {
  @PrimaryColumn('text', { name: 'memory_id' })
  memoryId: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('text', { nullable: true })
  content: string;

  @Column('text')
  colour: string;
}

describe('the entities', () => {
  it('are what the migrations made', async () => {
    const world = await questionWorld();

    const dataSource = world.get(DataSource);
    const faults = await entityFaults(dataSource);

    expect(dataSource.entityMetadatas.map(({ tableName }) => tableName)).toContain('memories');
    expect(faults).toEqual([]);
    await world.close();
  }, 30_000);

  it('would be found out, column by column', async () => {
    const db = await testDatabase({ entities: [Mistaken] });

    const faults = await entityFaults(db.dataSource);

    expect(faults).toEqual(
      expect.arrayContaining([
        'no entity has memori.memory_history.tenant_id text NOT NULL',
        'no entity has memori.memory_history.content text NOT NULL',
        'no table has memori.memory_history.memory_id text NOT NULL (key)',
        'no table has memori.memory_history.content text',
        'no table has memori.memory_history.colour text NOT NULL',
      ]),
    );
    expect(faults).not.toContainEqual(expect.stringContaining('version'));
    await db.close();
  });
});
