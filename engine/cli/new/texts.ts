import { BOOKKEEPING } from '../../dimension/dimension.ts'
import type { Draft, DraftColumn } from './draft.ts'

/** A file to write. */
export interface Text {
  readonly path: string
  readonly text: string
}

/** The files that declare a dimension or a fact: its source, its create, and where the two meet. */
export function textsOf(draft: Draft, type: 'dimension' | 'fact'): readonly Text[] {
  const { name } = draft
  return [
    { path: `sources/${name}.ts`, text: sourceText(draft) },
    { path: `creates/${name}.ts`, text: createText(draft, type) },
    { path: `${type}s/${name}.ts`, text: type === 'dimension' ? dimensionText(draft) : factText(draft) },
  ]
}

/** A text inside of backticks. */
const inTemplate = (text: string): string => text.replaceAll(/[\\`]|\$(?=\{)/g, String.raw`\$&`)

function sourceText({ name, source, live, selected, leftOut }: Draft): string {
  const alias = /[a-z]/.exec(live.table.toLowerCase())?.[0] ?? 't'
  const written = selected.map(({ of, as, cast }) => {
    const column = `${alias}.${/^[a-z_][a-z0-9_]*$/.test(of) ? of : live.quote(of)}`
    return { as, column: cast === undefined ? column : `CAST(${column} AS ${cast})` }
  })
  const width = Math.max(...written.map(({ column }) => column.length))
  const lines = written.map(({ as, column }, at) => `${at === 0 ? '  SELECT ' : '         '}${column.padEnd(width)}  AS ${as}`)
  const note = leftOut.length === 0 ? '' : `// Left out, for no load carries it: ${leftOut.join(', ')}. CAST it in the SELECT to take it in.\n`
  return `import { source } from 'starline'\n\n${note}export const ${name} = source(${source === undefined ? '' : `${quoted(source)}, `}\`
${inTemplate(`${lines.join(',\n')}\n  FROM   ${live.from} AS ${alias}`)}
\`)\n`
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`

function createText({ name, kind, key, keys, stored, unique, isUnique }: Draft, type: 'dimension' | 'fact'): string {
  const isVersioned = kind === 'scd2'
  const columns: readonly (readonly [name: string, type: string, rest: string])[] = [
    ...type === 'dimension' ? [[key, 'KEY', ''] as const] : keys.map(({ column }) => [column, 'INT', 'NOT NULL'] as const),
    ...stored.map(({ as, type: created, nullable }) => [as, created, nullable ? '' : 'NOT NULL'] as const),
    ...isVersioned ? BOOKKEEPING.map((each) => [each, each === 'is_current' ? 'BOOLEAN' : 'TIMESTAMP', each === 'valid_to' ? '' : 'NOT NULL'] as const) : [],
  ]
  const width = (at: 0 | 1): number => Math.max(...columns.map((column) => column[at].length))
  const lines = columns.map(([column, created, rest]) => `    ${column.padEnd(width(0))}  ${created.padEnd(width(1))}  ${rest}`.trimEnd())
  if (isUnique) lines.push(`    UNIQUE (${[...unique, ...isVersioned ? ['valid_from'] : []].join(', ')})`)
  return `import { create } from 'starline'\n\nexport const ${name} = create(\`
  CREATE TABLE ${name}_${type === 'dimension' ? 'dim' : 'fact'} (
${lines.join(',\n')}
  )
\`)\n`
}

const imports = (name: string): string => `import { ${name} as source } from '../sources/${name}.ts'\nimport { ${name} as create } from '../creates/${name}.ts'\n`
const list = (names: readonly string[]): string => `[${names.map(quoted).join(', ')}]`

function dimensionText({ name, kind, live, key, unique, stored }: Draft): string {
  const history = stored.map(({ as }: DraftColumn) => as).filter((as) => !unique.includes(as))
  const options = [`key: ${quoted(key)}`, `lookup: ${list(unique)}`, ...kind === 'scd2' ? [`history: ${list(history)}`] : []]
  const says = kind === 'scd2'
    ? `/**\n * One member is one version of a row of ${live.table}.\n * A change in any column opens a new version: take those out of history whose change is only a correction.\n */`
    : `/** One member is one row of ${live.table}. */`
  return `import { ${kind} } from 'starline'\n${imports(name)}\n${says}\nexport const ${name} = ${kind}({\n  source,\n  create,\n  ${options.join(',\n  ')},\n})\n`
}

function factText({ name, kind, live, keys }: Draft): string {
  const dimensions = [...new Set(keys.map(({ dimension }) => dimension))].toSorted()
  const lines = keys.map(({ column, dimension, by }) => `    ${column}: { of: ${dimension}, by: ${by.length === 1 ? quoted(by[0] ?? '') : list(by)} },\n`)
  return `import { ${kind} } from 'starline'\n${dimensions.length === 0 ? '' : `import { ${dimensions.join(', ')} } from '../dimensions/index.ts'\n`}${imports(name)}
/** One row is one row of ${live.table}. */
export const ${name} = ${kind}({\n  source,\n  create,\n  keys: {${lines.length === 0 ? '' : `\n${lines.join('')}  `}},\n})\n`
}
