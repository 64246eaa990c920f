import assert from 'node:assert/strict'
import { errorOf } from '../../engine/error-document.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import { keptDocument } from '../../engine/publish/kept-error.ts'
import { keepSecret } from '../../engine/redact.ts'

describe('an error that the ledger keeps', () => {
  it('has no secret in any of its texts, nor in those of its problems', () => {
    keepSecret('xk29-canary')
    const text = 'it says xk29-canary'
    const kept = keptDocument(new ConfigurationError(text, { where: text, why: text, wayOut: text, problems: [text, 'another'] }))
    assert.ok(!JSON.stringify(kept).includes('canary'), JSON.stringify(kept))
    assert.deepEqual(kept.problems, ['it says ***', 'another'])
    assert.ok(errorOf(kept) instanceof ConfigurationError, 'it is read back as what it was')
  })

  it('has room in a text of the ledger, whatever it says', () => {
    for (const letter of ['x', '\u0001', '\u{1F393}', '漢']) {
      const text = letter.repeat(100_000)
      const kept = JSON.stringify(keptDocument(new ConfigurationError(text, { where: text, why: text, wayOut: text, problems: Array.from({ length: 30 }, () => text) })))
      assert.ok(Buffer.byteLength(kept) < 65_536, `${letter}: ${Buffer.byteLength(kept)} bytes`)
    }
  })
})
