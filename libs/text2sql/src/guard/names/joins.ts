import { fieldsOf, namesIn, textOf, type Fields } from '../tree/pg-node';
import type { ExpressionNames } from './expression-names';
import { nearestNames } from './nearest-names';
import { quoteName } from './quote-name';
import type { Resolution } from './resolution';
import { renamed, scopeWithin, type Field, type FromEntry, type RangeItem, type Scope } from './scope';

/** Puts two FROM entries together: ON, USING, NATURAL, and the names that a join has and hides. */
export class Joins {
  constructor(
    private readonly resolution: Resolution,
    private readonly expressions: ExpressionNames,
  ) {}

  join(join: Fields, left: FromEntry, right: FromEntry, scope: Scope): FromEntry {
    const both = [...left.items, ...right.items];
    const isAffordable = this.resolution.effort.spend(left.main.fields.length + right.main.fields.length + both.length);
    if (!isAffordable) return { items: [], main: joined(join, [], true) };
    const merged = this.mergedFields(join, left.main, right.main);
    // ON sees the two sides and the queries around, not the rest of the FROM clause.
    this.expressions.resolve(join['quals'], scopeWithin(scope.parent, scope.ctes, both));
    const names = new Set(merged.map((field) => field.name));
    const rest = [...left.main.fields, ...right.main.fields].filter((field) => !names.has(field.name));
    const main = joined(join, [...merged, ...rest], left.main.isOpen || right.main.isOpen);
    if (main.isNamed) return { items: [main], main };
    const sides = both.map((item) => ({ ...item, isBare: false }));
    return { items: [...sides, main, ...usingAlias(join, merged)], main };
  }

  /** The columns that USING or NATURAL makes one; both sides are read. */
  private mergedFields(join: Fields, left: RangeItem, right: RangeItem): Field[] {
    const isNatural = join['isNatural'] === true;
    const names = isNatural ? commonNames(left, right) : namesIn(join['usingClause']);
    if (names.length === 0 || !this.resolution.effort.spend(4 * (left.fields.length + right.fields.length))) return [];
    const sides = [byName(left), byName(right)];
    return names.map((name) => {
      const fields = sides.flatMap((side) => this.side(side, name) ?? []);
      this.resolution.usage.readAll(fields);
      return mergedField(name, fields);
    });
  }

  private side(side: Side, name: string): Field | undefined {
    const [field, another] = side.fields.get(name) ?? [];
    if (field && !another) return field;
    const { findings } = this.resolution;
    const written = quoteName(name);
    if (another) {
      findings.add('ambiguous-column', `The column ${written} stands more than once on one side of a join.`);
    } else if (!side.isOpen) {
      const candidates = findings.mayBeSuggested ? nearestNames(name, side.fields.keys()) : [];
      findings.add('unknown-column', `There is no column ${written} on both sides of the join.`, undefined, candidates);
    }
    return undefined;
  }
}

/** One side of a join by the names of its columns. */
interface Side {
  fields: Map<string, Field[]>;
  isOpen: boolean;
}

function byName(item: RangeItem): Side {
  const fields = new Map<string, Field[]>();
  for (const field of item.fields) {
    const same = fields.get(field.name);
    if (same) same.push(field);
    else fields.set(field.name, [field]);
  }
  return { fields, isOpen: item.isOpen };
}

function mergedField(name: string, sides: Field[]): Field {
  const origins = sides.flatMap((side) => side.origins ?? []);
  return {
    name,
    reads: [...new Set(sides.flatMap((side) => side.reads))],
    isData: sides.length > 0 && sides.every((side) => side.isData === true),
    ...(origins.length > 0 && { origins }),
  };
}

function commonNames(left: RangeItem, right: RangeItem): string[] {
  const onRight = new Set(right.fields.map((field) => field.name));
  return [...new Set(left.fields.map((field) => field.name))].filter((name) => onRight.has(name));
}

function joined(join: Fields, fields: Field[], isOpen: boolean): RangeItem {
  const alias = fieldsOf(join['alias']);
  const name = textOf(alias?.['aliasname']);
  if (name === undefined) return { fields, isOpen, isNamed: false, isBare: true };
  return { name, fields: renamed(fields, namesIn(alias?.['colnames'])), isOpen, isNamed: true, isBare: true };
}

/** `JOIN … USING (a) AS u`: u names the merged columns alone. */
function usingAlias(join: Fields, merged: Field[]): RangeItem[] {
  const name = textOf(fieldsOf(join['join_using_alias'])?.['aliasname']);
  return name === undefined ? [] : [{ name, fields: merged, isOpen: false, isNamed: true, isBare: false }];
}
