import { source } from 'starline'

export const product_upload = source(`
  SELECT n.id                     AS upload_id,
         n.uploaded_at            AS uploaded_at,
         n.product_id             AS product_id,
         n.uploader_id            AS uploader_id,
         n.course_id              AS course_id,
         c.school_id              AS school_id,
         n.disability_program_id  AS disability_program_id,
         n.file_name              AS file_name,
         n.page_count             AS page_count,
         n.byte_count             AS byte_count
  FROM   note_upload AS n
  LEFT JOIN course AS c ON c.id = n.course_id
`)
