import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { blocksOf, read, ROOT } from './markdown.ts'
import { publicModules, valuesOf } from './truth.ts'

/** A text to compile, and what it is called in a failure. */
export interface Snippet {
  readonly title: string
  readonly file: string
  readonly text: string
}

/** The `ts` blocks of a page, each under the path in its first line: the page's files may import each other. */
export function snippetsOf(page: string): Snippet[] {
  return blocksOf(read(page)).filter(({ language }) => language === 'ts').map(({ text, line }) => {
    const path = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1]
    if (path === undefined) throw new Error(`${page}:${line}: the first line of a ts block is its path: // dimensions/product.ts`)
    return { title: `${page}:${line}, ${path}`, file: join(page.replaceAll(/\W/g, '-'), path), text }
  })
}

/** What stands around an example: the files that a reader of it would have. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  'define-config.ts': 'declare const school: import("starline").Dimension',
  'scd1.ts': `
    const source = starline.source('SELECT s.id AS school_id, s.name AS name FROM school AS s')
    const create = starline.create('CREATE TABLE school_dim (school_key KEY, school_id INT NOT NULL, name VARCHAR(9))')`,
  'scd2.ts': `
    const source = starline.source('SELECT p.id AS product_id, p.brand AS brand, p.price AS list_price FROM product AS p')
    const create = starline.create(\`CREATE TABLE product_dim (
      product_key KEY,
      product_id INT NOT NULL,
      brand VARCHAR(9),
      list_price DECIMAL(9,2),
      valid_from TIMESTAMP NOT NULL,
      valid_to TIMESTAMP,
      is_current BOOLEAN NOT NULL
    )\`)`,
  'date.ts': "const create = starline.create('CREATE TABLE date_dim (date_key KEY, full_date DATE)')",
  'transaction.ts': `
    const source = starline.source('SELECT s.at AS sold_at, s.buyer AS buyer_id, s.seller AS seller_id, s.amount AS amount FROM sale AS s')
    const create = starline.create(\`CREATE TABLE sale_fact (
      date_key INT,
      buyer_key INT,
      seller_key INT,
      amount DECIMAL(9,2)
    )\`)
    declare const date: starline.Dimension<'date', readonly ['date_key'], 'zone' | 'earliest'>
    declare const customer: starline.Dimension<'scd1', readonly ['customer_id'], never>`,
  'task.ts': `
    declare const config: starline.Config
    declare const processEtl: starline.ProcessEtl
    declare const refreshDataWarehouse: starline.RefreshDataWarehouse`,
  'scheduled-task.ts': 'declare const sale: starline.Fact',
  'test-source.ts': 'declare const config: starline.Config',
  'job.ts': "declare const job: starline.QueuedJob<starline.Result>",
}

/** Each `@example` of what the package exports. */
export function examples(): Snippet[] {
  return publicModules().flatMap((module) => examplesIn(read(module)).map((text, i) => {
    const name = module.split('/').at(-1) ?? ''
    const given = (SURROUNDINGS[name] ?? '').split('\n').filter((line) => !declares(text, /declare const (\w+)/.exec(line)?.[1])).join('\n')
    // What stands around an example may use any export; the example itself uses those that it names.
    const used = valuesOf('engine/index.ts')
      .filter((each) => new RegExp(`\\b${each}\\(`).test(text) && !declares(given, each))
    const head = [`import type * as types from 'starline'`, `import * as starline from 'starline'`,
      ...used.length === 0 ? [] : [`import { ${used.join(', ')} } from 'starline'`], given, 'export type { types }']
    return { title: `${module}, example ${i + 1}`, file: join('examples', 'of', `${name.replace('.ts', '')}-${i + 1}.ts`), text: `${head.join('\n')}\n${text}\n` }
  }))
}

const declares = (text: string, name: string | undefined): boolean => name !== undefined && new RegExp(`\\bconst ${name} =`).test(text)

function examplesIn(code: string): string[] {
  return [...code.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) => {
    const text = comment.replace('/**', '').replace('*/', '').split('\n').map((line) => line.replace(/^\s*\* ?/, '')).join('\n')
    const [, example] = /@example\b([\s\S]*?)(?=\n@\w|$(?![\s\S]))/.exec(text) ?? []
    return example === undefined ? [] : [example.trim()]
  })
}

/** Compiles everything at once; the compiler's lines by snippet. A file that an example imports is made, as far as it is one of the team's own. */
export async function compile(snippets: readonly Snippet[]): Promise<ReadonlyMap<Snippet, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'starline-snippets-'))
  try {
    for (const { file, text } of snippets) write(join(folder, file), text)
    write(join(folder, 'examples/config.ts'), "import { defineConfig } from 'starline'\nexport default defineConfig({ source: 'files:data', warehouse: 'duckdb:w', dimensions: {}, facts: {} })\n")
    write(join(folder, 'examples/of/config.ts'), "export { default } from '../config.ts'\n")
    write(join(folder, 'package.json'), '{ "type": "module" }')
    write(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'), include: ['**/*.ts'], exclude: ['node_modules'],
      compilerOptions: { paths: { starline: [join(ROOT, 'engine/index.ts')] }, noUnusedLocals: false },
    }))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const output = await tsc(folder)
    return new Map(snippets.map((snippet) => [snippet, output.split(/\n(?=\S)/).filter((error) => error.startsWith(`${snippet.file}(`)).join('\n')]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

async function tsc(folder: string): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'], { cwd: folder })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const code = await new Promise((resolve) => { child.once('close', resolve) })
  // An error elsewhere, in the engine or in the settings, must not pass for none.
  const elsewhere = output.split('\n').filter((line) => /error TS\d+/.test(line) && line.startsWith('..'))
  if (elsewhere.length > 0 || (code !== 0 && !output.includes('error TS'))) throw new Error(`the compiler could not do its work:\n${output}`)
  return output
}
