/** A folder as a team has it (config.ts, sources, creates, dimensions, facts, tasks), which loads through the compiled package. */

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureNode } from './measure.ts'
import type { Measured } from './measure.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What one dimension or fact consists of, as texts. */
interface EtlText {
  readonly name: string
  readonly kind: 'scd1' | 'scd2' | 'transaction' | 'date'
  /** The SELECT, or `undefined` for a kind that has no source. */
  readonly source?: string
  /** The CREATE TABLE. */
  readonly create: string
  /** What else stands in its declaration: `lookup: ['product_id'],` */
  readonly more?: string
  /** The dimensions that its keys lead to. */
  readonly uses?: readonly string[]
}

export interface ProjectText {
  readonly source: string
  readonly warehouse: string
  readonly queue?: string
  readonly dimensions?: readonly EtlText[]
  readonly facts?: readonly EtlText[]
}

export interface Project {
  readonly folder: string
  /** Runs its run.ts, and measures it. The seconds are those that its report says. */
  run(...flags: readonly string[]): Promise<Measured>
}

/** Writes the project into a folder. */
export function writeProject(folder: string, { source, warehouse, queue, dimensions = [], facts = [] }: ProjectText, compiled: boolean): Project {
  for (const room of ['sources', 'creates', 'dimensions', 'facts', 'node_modules']) mkdirSync(join(folder, room))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  write('package.json', '{ "type": "module", "private": true }\n')
  symlinkSync(join(ROOT, 'node_modules/tsx'), join(folder, 'node_modules/tsx'))
  // The package is this repository's: its exports lead to what was compiled.
  symlinkSync(ROOT, join(folder, 'node_modules/starline'))
  for (const path of ['run.ts', 'tasks']) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  for (const [room, etls] of [['dimensions', dimensions], ['facts', facts]] as const) {
    for (const etl of etls) {
      if (etl.source !== undefined) write(`sources/${etl.name}.ts`, exported('source', etl.name, etl.source))
      write(`creates/${etl.name}.ts`, exported('create', etl.name, etl.create))
      write(`${room}/${etl.name}.ts`, declarationOf(etl))
    }
    write(`${room}/index.ts`, etls.map(({ name }) => `export { ${name} } from './${name}.ts'\n`).join('') || 'export {}\n')
  }
  write('config.ts', `import { defineConfig } from 'starline'
import { ${listed(dimensions)} } from './dimensions/index.ts'
import { ${listed(facts)} } from './facts/index.ts'

export default defineConfig({
  source: ${JSON.stringify(source)},
  warehouse: ${JSON.stringify(warehouse)},${queue === undefined ? '' : `\n  queue: ${JSON.stringify(queue)},`}
  logs: 'etl-logs',
  dimensions: { ${listed(dimensions)} },
  facts: { ${listed(facts)} },
})
`)
  const env = compiled ? {} : { TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') }
  return { folder, run: (...flags) => measureNode(['--import', 'tsx', 'run.ts', ...flags, '--json', '--quiet'], { cwd: folder, env }) }
}

const listed = (etls: readonly EtlText[]): string => etls.map(({ name }) => name).join(', ')

const exported = (what: 'source' | 'create', name: string, sql: string): string =>
  `import { ${what} } from 'starline'\n\nexport const ${name} = ${what}(\`\n${sql.replaceAll(/[\\`$]/g, String.raw`\$&`)}\n\`)\n`

function declarationOf({ name, kind, source, more = '', uses = [] }: EtlText): string {
  return [
    `import { ${kind === 'date' ? 'date as calendar' : kind} } from 'starline'`,
    ...uses.length === 0 ? [] : [`import { ${uses.join(', ')} } from '../dimensions/index.ts'`],
    ...source === undefined ? [] : [`import { ${name} as source } from '../sources/${name}.ts'`],
    `import { ${name} as create } from '../creates/${name}.ts'`,
    '',
    `export const ${name} = ${kind === 'date' ? 'calendar' : kind}({`,
    ...source === undefined ? [] : ['  source,'],
    '  create,',
    `  ${more}`,
    '})',
    '',
  ].join('\n')
}
