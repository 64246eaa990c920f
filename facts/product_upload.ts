import { transaction } from 'starline'
import { course, date, disability_program, product, school, user } from '../dimensions/index.ts'
import { product_upload as source } from '../sources/product_upload.ts'
import { product_upload as create } from '../creates/product_upload.ts'

/** One row is one file uploaded for a product; the file of a draft, or of a product that is gone, is rejected. */
export const product_upload = transaction({
  source,
  create,
  keys: {
    date_fk: { of: date, by: 'uploaded_at', zone: 'UTC', earliest: '2012-01-01' },
    local_date_fk: { of: date, by: 'uploaded_at', zone: 'America/New_York', earliest: '2012-01-01' },
    product_fk: { of: product, by: 'product_id', onMissing: 'reject' },
    uploader_fk: { of: user, by: 'uploader_id' },
    course_fk: { of: course, by: 'course_id' },
    school_fk: { of: school, by: 'school_id' },
    disability_program_fk: { of: disability_program, by: 'disability_program_id' },
  },
})
