import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { checkCount, checkRelationship, checkVolume } from '../publish/checks.ts'
import type { Claim } from '../publish/claim.ts'
import { inputsOf, recordInputs } from '../publish/inputs.ts'
import { stagingName } from '../publish/names.ts'
import { plural } from '../plural.ts'
import type { ForeignKeyDefinition, TableDefinition } from '../sql/create.ts'
import type { RunContext } from './context.ts'
import type { Counts } from './etl.ts'
import { entriesOf, labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { warningsOf } from './warning.ts'

/** Step 7: the volume, the count, and every relationship that the create's FOREIGN KEY clauses ask for. The counts, with what was noticed. */
export async function checkStaging(entry: Entry, context: RunContext, session: Connection, definition: TableDefinition, run: Claim, counts: Counts): Promise<Counts> {
  const staging = stagingName(definition.table, run.fence)
  const grownFrom = checkVolume(labelOf(entry), counts.read - counts.rejected, run.lastRows, entry.etl, noticedIn(counts))
  await checkCount(session, labelOf(entry), staging, counts.staged)
  const parents = new Set(definition.foreignKeys.map(({ table }) => table))
  parents.delete(definition.table)
  const inputs = await inputsOf(session, context.refresh.id, [...parents])
  await recordInputs(session, run.runId, inputs)
  for (const foreignKey of definition.foreignKeys) {
    const input = foreignKey.table === definition.table ? { table: staging } : inputs.get(foreignKey.table)
    if (input === undefined) {
      throw new ConfigurationError(`table ${foreignKey.table} does not exist`, {
        where: `${labelOf(entry)}, FOREIGN KEY (${foreignKey.columns.join(', ')})`, wayOut: 'load it first, or take the clause out of the create',
      })
    }
    const references = foreignKey.references.length > 0 ? foreignKey.references : primaryKeyOf(foreignKey, context, session)
    await checkRelationship(session, labelOf(entry), staging, { foreignKey, parent: input.table, references })
  }
  return grownFrom === undefined ? counts : { ...counts, grownFrom }
}

/** What of the rows that were read may be the reason why so few have come: a sentence each. */
function noticedIn(counts: Counts): readonly string[] {
  const { read, rejected, notFound = {} } = counts
  const nobody = Object.entries(notFound).flatMap(([column, rows]) => (rows > 0 ? [`${column} found nobody for ${rows}`] : []))
  const rejection = `${rejected} of ${plural(read, 'row')} that were read ${rejected === 1 ? 'was' : 'were'} rejected${nobody.length === 0 ? '' : `: ${nobody.join(', ')}`}`
  return [...rejected > 0 ? [rejection] : [], ...warningsOf(counts).map(({ text }) => text)]
}

function primaryKeyOf({ table, columns }: ForeignKeyDefinition, { config }: RunContext, session: Connection): readonly string[] {
  const definitions = entriesOf(config).map(({ etl }) => etl.create.definition(session.dialect.name))
  return definitions.find((definition) => definition.table === table)?.primaryKey ?? columns
}
