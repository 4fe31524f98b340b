-- Answers are an envelope of ciphertext with the key that opens it, never what somebody wrote
SELECT id, user_id
FROM user_assessment_results
WHERE answers IS NOT NULL AND (
    jsonb_typeof(answers) <> 'object'
    OR NOT answers ?& ARRAY['algorithm', 'key_id', 'ciphertext']
    OR answers - ARRAY['algorithm', 'key_id', 'nonce', 'ciphertext'] <> '{}'
);
