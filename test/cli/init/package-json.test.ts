import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownDependency } from '../../../engine/cli/init/own-dependency.ts'
import { completed } from '../../../engine/cli/init/package-json.ts'

describe('the package.json of init', () => {
  const root = mkdtempSync(join(tmpdir(), 'starline-dependency-'))
  const here = join(root, 'here')
  before(() => { mkdirSync(join(here, 'deep'), { recursive: true }) })
  after(() => rmSync(root, { recursive: true, force: true }))

  // what the package.json here says | what the one of a folder beside, two deep, is to say
  for (const [said, expected] of [
    ['file:../starline-0.1.0.tgz', 'file:../../starline-0.1.0.tgz'],
    ['file:starline.tgz', 'file:../../here/starline.tgz'],
    ['file:/srv/starline.tgz', 'file:/srv/starline.tgz'],
    ['https://packages.example/starline.tgz', 'https://packages.example/starline.tgz'],
    ['^0.1.0', undefined], ['latest', undefined],
  ] as const) {
    it(`carries ${said} to another folder as ${expected ?? 'nothing'}`, () => {
      writeFileSync(join(here, 'package.json'), JSON.stringify({ dependencies: { starline: said } }))
      assert.equal(ownDependency(join(root, 'a/b'), [join(here, 'deep')]), expected)
    })
  }

  it('never names a version of this package, and says what to type instead', () => {
    const { text, byHand, hasOwn } = completed(undefined, 'mine', undefined)
    assert.equal(JSON.parse(text).dependencies.starline, undefined)
    assert.equal(hasOwn, false)
    assert.match(byHand.join('\n'), /npm install <path to Starline's \.tgz>/)
  })

  it('says which script stays and what belongs there', () => {
    const { byHand } = completed('{ "type": "module", "scripts": { "test": "vitest" } }', 'mine', 'file:x.tgz')
    assert.equal(byHand.length, 1)
    assert.match(byHand[0] ?? '', /^the script test of package\.json stays; what belongs to the star is: mocha /)
  })
})
