import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { init } from '../../../engine/cli/init/init.ts'
import { ConfigurationError } from '../../../engine/errors.ts'
import { openDatabase } from '../../../engine/db/open.ts'
import { openLog } from '../../../engine/log.ts'
import { capturedIo } from '../captured.ts'
import { skip } from '../../helpers/skip.ts'

describe('init', () => {
  let root: string
  beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'starline-init-')) })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('says what is to stand in a tsconfig.json that stays, and in the document too', async () => {
    writeFileSync(join(root, 'tsconfig.json'), '{}\n')
    const [text, json] = [capturedIo(), capturedIo()]
    assert.equal(await init({ _: [root] }, text), 0)
    const hint = 'tsconfig.json stays; the star wants "module": "nodenext", "target": "ES2023", "allowImportingTsExtensions": true, "noEmit": true, "strict": true in it'
    assert.ok(text.out.text().includes(`\nKept as they were:  tsconfig.json\n`), text.out.text())
    assert.ok(text.out.text().includes(`\nBy hand:  ${hint}.\n`), text.out.text())
    assert.equal(readFileSync(join(root, 'tsconfig.json'), 'utf8'), '{}\n')
    assert.equal(await init({ _: [root], json: true }, json), 0)
    const { kept, byHand } = JSON.parse(json.out.text()) as { kept: string[]; byHand: string[] }
    assert.deepEqual([kept, byHand.includes(hint)], [['tsconfig.json'], true])
  })

  it('says nothing of a tsconfig.json that it wrote itself', async () => {
    const [first, second] = [capturedIo(), capturedIo()]
    for (const io of [first, second]) assert.equal(await init({ _: [root] }, io), 0)
    for (const io of [first, second]) assert.ok(!/tsconfig\.json stays/.test(io.out.text()), io.out.text())
  })

  it('ends where a folder takes none, and says which', async () => {
    mkdirSync(join(root, 'there'))
    writeFileSync(join(root, 'there/file'), '')
    await assert.rejects(init({ _: [join(root, 'there/file/x')] }, capturedIo()), (error) => {
      assert.ok(error instanceof ConfigurationError)
      assert.deepEqual([error.what, error.where, error.wayOut], ["the files can't be written", join(root, 'there/file/x'), 'name a folder that can be written: npx starline init <folder>'])
      assert.match(error.why ?? '', /ENOTDIR|EEXIST/)
      return true
    })
  })

  it('ends in /proc, where Node would look for ever, and so do the logs and an embedded warehouse', async function () {
    if (process.platform !== 'linux') skip(this, 'folders in /proc: there is none here')
    const why = /no folder can be made in \/proc \(/
    await assert.rejects(init({ _: ['/proc/starline/deeper'] }, capturedIo()), why)
    assert.throws(() => openLog('/proc/starline/logs', 'run'), why)
    await assert.rejects(openDatabase('duckdb:/proc/starline/w.duckdb'), (error) => error instanceof ConfigurationError && why.test(error.why ?? ''))
  })
})
