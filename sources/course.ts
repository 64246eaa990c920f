import { source } from 'starline'

export const course = source(`
  SELECT c.id            AS course_id,
         s.code          AS subject_code,
         c.number        AS course_number,
         c.title         AS title,
         s.name          AS subject,
         h.name          AS school_name,
         c.credits       AS credits,
         c.first_taught  AS first_taught
  FROM   course AS c
  JOIN   subject AS s ON s.id = c.subject_id
  LEFT JOIN school AS h ON h.id = c.school_id
`)
