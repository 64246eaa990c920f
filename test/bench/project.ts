/** A folder as a team has it (config.ts, sources, creates, dimensions, facts, tasks), which loads through the compiled package. */

import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../helpers/servers/machine.ts'
import { childEnv, measureNode, openMeter } from './measure.ts'
import type { Measured, Used } from './measure.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What one dimension or fact consists of, as texts. */
export interface EtlText {
  readonly name: string
  readonly kind: 'scd1' | 'scd2' | 'transaction' | 'date'
  /** The SELECT, or `undefined` for a kind that has no source. */
  readonly source?: string
  /** The source's options: `{ binds: { … } }` */
  readonly options?: string
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
  /** What each declaration imports besides. */
  readonly imports?: string
  /** How it goes live, where it is not all at once. */
  readonly publish?: 'each'
}

export interface Project {
  readonly folder: string
  /** Runs its run.ts, and measures it. The seconds are those that its report says. */
  run(...flags: readonly string[]): Promise<Measured>
  /** Starts so many workers, and waits until they wait for work. */
  workers(count: number, concurrency: string): Promise<Workers>
}

/** Processes that take jobs. */
interface Workers {
  /** Stops them, and says what they have used. */
  stop(): Promise<Used>
}

/** Writes the project into a folder. */
export function writeProject(folder: string, { source, warehouse, queue, dimensions = [], facts = [], imports = '', publish }: ProjectText, compiled: boolean): Project {
  for (const room of ['sources', 'creates', 'dimensions', 'facts', 'node_modules']) mkdirSync(join(folder, room))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  write('package.json', '{ "type": "module", "private": true }\n')
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => !each.startsWith('.'))) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  // As it is installed: what was compiled, within node_modules.
  if (compiled) for (const path of ['package.json', 'dist']) cpSync(join(ROOT, path), join(folder, 'node_modules/starline', path), { recursive: true })
  for (const path of ['run.ts', 'tasks']) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  for (const [room, etls] of [['dimensions', dimensions], ['facts', facts]] as const) {
    for (const etl of etls) {
      if (etl.source !== undefined) write(`sources/${etl.name}.ts`, exported('source', etl.name, etl.source, etl.options))
      write(`creates/${etl.name}.ts`, exported('create', etl.name, etl.create))
      write(`${room}/${etl.name}.ts`, imports + declarationOf(etl))
    }
    write(`${room}/index.ts`, etls.map(({ name }) => `export { ${name} } from './${name}.ts'\n`).join('') || 'export {}\n')
  }
  write('config.ts', `import { defineConfig } from 'starline'
import { ${listed(dimensions)} } from './dimensions/index.ts'
import { ${listed(facts)} } from './facts/index.ts'

export default defineConfig({
  source: ${JSON.stringify(source)},
  warehouse: ${JSON.stringify(warehouse)},${queue === undefined ? '' : `\n  queue: ${JSON.stringify(queue)},`}
  logs: 'etl-logs',${publish === undefined ? '' : `\n  publish: '${publish}',`}
  dimensions: { ${listed(dimensions)} },
  facts: { ${listed(facts)} },
})
`)
  const env: NodeJS.ProcessEnv = compiled ? {} : { TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') }
  return {
    folder,
    run: (...flags) => measureNode(['--import', 'tsx', 'run.ts', ...flags, '--json', '--quiet'], { cwd: folder, env }),
    workers: (count, concurrency) => startWorkers(folder, env, count, concurrency),
  }
}

async function startWorkers(folder: string, env: NodeJS.ProcessEnv, count: number, concurrency: string): Promise<Workers> {
  const meter = openMeter()
  let said = ''
  const started = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'tasks/worker.ts', '--concurrency', concurrency], {
      cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...childEnv(), ...env, ...meter.env },
    })
    child.stderr.on('data', (text: Buffer) => { said += text.toString() })
    return { child, ended: new Promise((resolve) => { child.once('close', resolve) }) }
  })
  let used: Promise<Used> | undefined
  const stop = async (): Promise<Used> => {
    for (const { child } of started) child.kill('SIGTERM')
    await Promise.all(started.map(({ ended }) => ended))
    const figures = meter.read()
    meter.close()
    return figures
  }
  const workers: Workers = { stop: () => used ??= stop() }
  try {
    await until('the workers work', () => said.split('Ctrl-C stops').length > count || undefined, 60_000)
  } catch (error) {
    await workers.stop()
    throw new Error(`the workers don't work: ${said.slice(-2_000)}`, { cause: error })
  }
  return workers
}

const listed = (etls: readonly EtlText[]): string => etls.map(({ name }) => name).join(', ')

const exported = (what: 'source' | 'create', name: string, sql: string, options?: string): string =>
  `import { ${what} } from 'starline'\n\nexport const ${name} = ${what}(\`\n${sql.replaceAll(/[\\`$]/g, String.raw`\$&`)}\n\`${options === undefined ? '' : `, ${options}`})\n`

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
