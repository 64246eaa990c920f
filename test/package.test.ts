import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { install, pack, plainEnvironment, ran, ROOT } from './package/packed.ts'
import type { Packed, Ran } from './package/packed.ts'

describe('the package', function () {
  this.timeout(120_000)
  let packed: Packed
  before(() => { packed = pack() })
  after(() => packed.remove())

  it('has the engine, the documentation and the template in it, and nothing else', () => {
    const rooms = packed.files.filter((path) => !path.startsWith('dist/') && !path.startsWith('docs/'))
    const expected = [
      '.env.example', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin/starline.mjs', 'config.ts', 'docker-compose.yml', 'etl-logs/.gitkeep',
      'examples/.gitattributes', 'examples/README.md', 'package.json', 'run.ts', 'test/sources.test.ts',
      ...['creates', 'dimensions', 'facts', 'sources', 'tasks', 'examples/notes'].flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)),
    ]
    assert.deepEqual(rooms.toSorted(), expected.toSorted())
    const modules = readdirSync(join(ROOT, 'engine'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => path.slice(0, -3))
    assert.deepEqual(packed.files.filter((path) => path.startsWith('dist/')).toSorted(),
      modules.flatMap((path) => [`dist/engine/${path}.d.ts`, `dist/engine/${path}.js`]).toSorted())
    assert.ok(packed.files.filter((path) => path.startsWith('docs/')).every((path) => path.endsWith('.md')), 'documentation is text')
  })

  it('stays small: two megabytes, most of it the example\'s data', () => {
    assert.ok(packed.size < 2_000_000, `${packed.size} bytes`)
  })

  it('has nothing that publint finds wrong', async () => {
    const { messages } = await publint({ pack: { tarball: Uint8Array.from(readFileSync(packed.tarball)).buffer }, strict: true })
    assert.deepEqual(messages, [])
  })

  describe('for who imports it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'starline-consumer-'))
    before(() => {
      install(packed, folder, ['@types/node', 'undici-types', 'typescript'])
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
      const names = readFileSync(join(ROOT, 'engine/index.ts'), 'utf8')
      writeFileSync(join(folder, 'all.ts'), `import * as starline from 'starline'\nexport { starline }\n`
        // A type that could not be found would be anything at all.
        + `// @ts-expect-error -- it gives a text\nexport const wrong: number = starline.env('ETL_SOURCE')\n`
        + [...names.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, list = '']) => list.split(',').map((name) => name.trim()).filter(Boolean))
          .map((name) => `export type { ${name} } from 'starline'\n`).join(''))
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    const compile = (module: string, resolution: string): Ran => ran(process.execPath, [
      join(folder, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false',
      '--target', 'es2023', '--module', module, '--moduleResolution', resolution, '--types', 'node', 'all.ts',
    ], folder, plainEnvironment(folder))

    // Declarations are looked at as well: they may ask for no types that the package doesn't bring along.
    for (const [module, resolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']] as const) {
      it(`resolves and compiles under ${resolution}, with every declaration looked at`, () => {
        const { code, out } = compile(module, resolution)
        assert.equal(code, 0, out)
      })
    }
  })

  describe('in an empty repository', () => {
    const home = mkdtempSync(join(tmpdir(), 'starline-home-'))
    const folder = join(mkdtempSync(join(tmpdir(), 'starline-init-')), 'My Warehouse')
    const elsewhere = mkdtempSync(join(tmpdir(), 'starline-elsewhere-'))
    before(() => {
      mkdirSync(folder)
      install(packed, folder, ['@types/node', 'undici-types', '@types/mocha', 'mocha', ...mochaNeeds()])
      // As `npm install ../starline-0.1.0.tgz` leaves it.
      writeFileSync(join(folder, 'package.json'), '{\n  "dependencies": {\n    "starline": "file:../starline-0.1.0.tgz"\n  }\n}\n')
    })
    after(() => { for (const each of [home, join(folder, '..'), elsewhere]) rmSync(each, { recursive: true, force: true }) })

    const run = (command: string, ...args: string[]): Ran => ran(command, args, folder, plainEnvironment(home))

    it('init writes the template, and adds to package.json what it lacks', () => {
      const out = well(run('npx', 'starline', 'init'))
      assert.match(out, /^Wrote \d+ files into this folder\.\n/)
      assert.match(out, /\nAdded to package\.json: {2}type · scripts\.start/)
      assert.match(out, /\nNext: npm install && npm start\n$/)
      const { dependencies, type, scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
      assert.equal(dependencies?.['starline'], 'file:../starline-0.1.0.tgz')
      assert.equal(type, 'module')
      assert.ok(scripts?.['start'], 'there is a script to start')
      assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), readFileSync(join(ROOT, '.gitignore'), 'utf8'))
    })

    it('init of another folder names the very package that runs, not a version that npm would look for', () => {
      const out = well(run('npx', 'starline', 'init', '../other'))
      assert.match(out, /\nNext: cd \.\.\/other && npm install && npm start\n$/)
      const { dependencies } = JSON.parse(readFileSync(join(folder, '../other/package.json'), 'utf8')) as Record<string, Record<string, string>>
      assert.equal(dependencies?.['starline'], 'file:../starline-0.1.0.tgz')
    })

    it('init again finds everything there', () => {
      assert.match(well(run('npx', 'starline', 'init')), /^Everything is there already\.\n/)
    })

    it('npx tsc finds nothing wrong', () => { well(run('npx', 'tsc')) })

    it('npm start loads the example, by the compiled engine', () => {
      const out = well(run('npm', 'start', '--silent'))
      assert.match(out, /^dimension {2}product 850 · user 279 · course 30418 /)
      assert.match(out, /\nfact {2}product_sale 50000 · product_upload 1200\n/)
      assert.match(out, /\nPublished 11 tables in /)
    })

    it('npm run worker names the packages of the queue, which are not installed', () => {
      const { code, err } = run('npm', 'run', 'worker', '--silent')
      assert.equal(code, 2, err)
      assert.match(err, /the package bullmq is not installed\..*Way out: npm install bullmq @electric-sql\/pglite\n/)
    })

    it('npm test asks every active source', () => {
      assert.match(well(run('npm', 'test', '--silent')), /\n {2}11 passing /)
    })

    it('run.ts loads it again by tsx alone, from whatever folder it is called in', () => {
      const args = ['--run_dimensions', '--run_facts', '--select', 'school,product_upload']
      assert.match(well(run('npx', 'tsx', 'run.ts', ...args)), /^school +1,687 +1,687 +1,687 +0 /m)
      const away = ran(join(folder, 'node_modules/.bin/tsx'), [join(folder, 'run.ts'), '--run_dimensions', '--select', 'school'], elsewhere, plainEnvironment(home))
      assert.match(well(away), /^school +1,687 +1,687 +1,687 +0 /m)
      assert.deepEqual(readdirSync(elsewhere), [])
    })

    it('npx starline asks what was loaded', () => {
      assert.match(well(run('npx', 'starline', 'query', '--json', 'select count(*) as n from product_sale_fact')), /"n": 50000/)
    })

    it('init writes over nothing: where another star is, it says so and writes nothing', () => {
      writeFileSync(join(folder, 'config.ts'), '// mine\n')
      rmSync(join(folder, 'run.ts'))
      const { code, out, err } = run('npx', 'starline', 'init')
      assert.equal(code, 2, out + err)
      assert.match(err, /1 file of the example would be written over: nothing was written\n {2}why +config\.ts is there already\n/)
      assert.equal(readFileSync(join(folder, 'config.ts'), 'utf8'), '// mine\n')
      assert.ok(!existsSync(join(folder, 'run.ts')), 'nothing was written')
    })
  })
})

/** What a command that must go well has printed. */
function well({ code, out, err }: Ran): string {
  assert.equal(code, 0, out + err)
  return out
}

/** What mocha depends on, however deep. */
function mochaNeeds(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dependencies?: Record<string, string> }> }
  const found = new Set(['mocha', 'typescript'])
  for (const name of found) for (const next of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) found.add(next)
  return [...found]
}
