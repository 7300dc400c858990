
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'reprompt' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'reprompt'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'reprompt' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'Read exported traces into the cache')
            [CompletionResult]::new('intents', 'intents', [CompletionResultType]::ParameterValue, 'Name what users wanted, and show it over time')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Find what goes wrong, why, and which prompt could fix it')
            [CompletionResult]::new('findings', 'findings', [CompletionResultType]::ParameterValue, 'Show the problems that were found, and their state')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Write the smallest change that answers a finding to a branch')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a change of prompts against the guardrails')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Compare base and head on the evaluation suites')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Undo the last proposal for a prompt, or go back to a version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a conversation, an intent or a finding')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Find conversations by what was said in them')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Show what was done, and what language models cost')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Look after the cache: what was read, what could not be, checks, forgetting')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a config for the prompts, tools and suites found here')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Run the whole loop on an example repository')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;ingest' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the files, instead of what their first records look like')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Pass over what ended before a date or longer ago: 2026-03-14, 7d, 24h')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Where the fields of home-made records are, as a JSON object of JSON Pointers')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with 3 when any record was set aside')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Put pseudonyms in the place of secrets and personal data before anything is stored')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on reading what is added to these files and folders, until Ctrl-C')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents' {
            [CompletionResult]::new('--granularity', '--granularity', [CompletionResultType]::ParameterName, 'How finely a first fit or --refit divides')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'Who names, reads and drafts: the embedded engine or a language model [default: the config''s `engine`]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Spend at most so many dollars in this run')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End after so many seconds, keeping what came until then')
            [CompletionResult]::new('--replies', '--replies', [CompletionResultType]::ParameterName, 'What stored replies are used for')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Write every exchange to a file in DIR')
            [CompletionResult]::new('--replay', '--replay', [CompletionResultType]::ParameterName, 'Answer from the exchanges in DIR; open no socket and pay nothing')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Send nothing and store nothing: count what asking a language model would cost, or, with --refit, say what would become of the intents')
            [CompletionResult]::new('--refit', '--refit', [CompletionResultType]::ParameterName, 'Learn everything anew; intents that match keep their ids, and what became of the others is said')
            [CompletionResult]::new('--save', '--save', [CompletionResultType]::ParameterName, 'Write all intents into intents.yaml, so that their names and ids outlive this cache')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Print one line of what is new, surging or resolved')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; a reply that is not stored is an error')
            [CompletionResult]::new('--show-egress', '--show-egress', [CompletionResultType]::ParameterName, 'Print exactly the bytes that would be sent, and send nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all intents, those with the most preventable failures first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one intent: key phrases, weeks, and threads that represent it')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show volume and failures week by week')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Call an intent by another name')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Say in a sentence what belongs to an intent')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Show the goals of one intent under another; a part that was split off goes back')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Show the goals that hold a phrase as an intent of their own')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Work no longer on an intent; it is still counted')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on an intent again')
            [CompletionResult]::new('assignments', 'assignments', [CompletionResultType]::ParameterValue, 'Print every goal with its intent, a line of JSON each, or with --csv a row')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;intents;list' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;show' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;trend' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;rename' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;describe' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;merge' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;split' {
            [CompletionResult]::new('--containing', '--containing', [CompletionResultType]::ParameterName, 'The phrase; several times for several')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The part''s name; its first phrase when there is none')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;ignore' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for whoever asks later')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;unignore' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;assignments' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What comes first')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;intents;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all intents, those with the most preventable failures first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one intent: key phrases, weeks, and threads that represent it')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show volume and failures week by week')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Call an intent by another name')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Say in a sentence what belongs to an intent')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Show the goals of one intent under another; a part that was split off goes back')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Show the goals that hold a phrase as an intent of their own')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Work no longer on an intent; it is still counted')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on an intent again')
            [CompletionResult]::new('assignments', 'assignments', [CompletionResultType]::ParameterValue, 'Print every goal with its intent, a line of JSON each, or with --csv a row')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;intents;help;list' {
            break
        }
        'reprompt;intents;help;show' {
            break
        }
        'reprompt;intents;help;trend' {
            break
        }
        'reprompt;intents;help;rename' {
            break
        }
        'reprompt;intents;help;describe' {
            break
        }
        'reprompt;intents;help;merge' {
            break
        }
        'reprompt;intents;help;split' {
            break
        }
        'reprompt;intents;help;ignore' {
            break
        }
        'reprompt;intents;help;unignore' {
            break
        }
        'reprompt;intents;help;assignments' {
            break
        }
        'reprompt;intents;help;help' {
            break
        }
        'reprompt;diagnose' {
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many events to print in each table')
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'Who names, reads and drafts: the embedded engine or a language model [default: the config''s `engine`]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Spend at most so many dollars in this run')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End after so many seconds, keeping what came until then')
            [CompletionResult]::new('--replies', '--replies', [CompletionResultType]::ParameterName, 'What stored replies are used for')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Write every exchange to a file in DIR')
            [CompletionResult]::new('--replay', '--replay', [CompletionResultType]::ParameterName, 'Answer from the exchanges in DIR; open no socket and pay nothing')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Count the calls, tokens and dollars that a language model''s reading would take, and send nothing')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; a reply that is not stored is an error')
            [CompletionResult]::new('--show-egress', '--show-egress', [CompletionResultType]::ParameterName, 'Print exactly the bytes that would be sent, and send nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Print one line of what is new, surging or resolved')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all findings, open ones first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one finding with its evidence and levers')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Say that a finding does not matter; it is kept, and no longer proposed for')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on a finding again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;findings;list' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings;show' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings;trend' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings;ignore' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for whoever asks later')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings;unignore' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 8w')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Only the last N weeks, counted from the newest conversation')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Only conversations with this prompt version')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print comma-separated values instead of text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;findings;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all findings, open ones first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one finding with its evidence and levers')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Say that a finding does not matter; it is kept, and no longer proposed for')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on a finding again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;findings;help;list' {
            break
        }
        'reprompt;findings;help;show' {
            break
        }
        'reprompt;findings;help;trend' {
            break
        }
        'reprompt;findings;help;ignore' {
            break
        }
        'reprompt;findings;help;unignore' {
            break
        }
        'reprompt;findings;help;help' {
            break
        }
        'reprompt;propose' {
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'Who names, reads and drafts: the embedded engine or a language model [default: the config''s `engine`]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Spend at most so many dollars in this run')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Calls under way at once, at most')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'End after so many seconds, keeping what came until then')
            [CompletionResult]::new('--replies', '--replies', [CompletionResultType]::ParameterName, 'What stored replies are used for')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Write every exchange to a file in DIR')
            [CompletionResult]::new('--replay', '--replay', [CompletionResultType]::ParameterName, 'Answer from the exchanges in DIR; open no socket and pay nothing')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the change and write nothing; with a language model, count what would be sent and send nothing')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; a reply that is not stored is an error')
            [CompletionResult]::new('--show-egress', '--show-egress', [CompletionResultType]::ParameterName, 'Print exactly the bytes that would be sent, and send nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;check' {
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'Compare with the merge base of REV and the head [default: the pull request''s base branch, else the upstream, else main]')
            [CompletionResult]::new('--head', '--head', [CompletionResultType]::ParameterName, 'Check REV [default: HEAD in CI, otherwise the work tree]')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Let violations of RULE pass, and say so in the result; may be repeated')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;eval' {
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'Compare with the merge base of REV and the head [default: the pull request''s base branch, else the upstream, else main]')
            [CompletionResult]::new('--head', '--head', [CompletionResultType]::ParameterName, 'Evaluate REV [default: HEAD in CI, otherwise the work tree]')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'What the head has to be')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'The agent to run, when the config has several')
            [CompletionResult]::new('--suite', '--suite', [CompletionResultType]::ParameterName, 'Use the suites that match GLOB instead of the config''s')
            [CompletionResult]::new('--repeat', '--repeat', [CompletionResultType]::ParameterName, 'Ask each case N times under each revision [default: the config''s `repeat`]')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Ask up to N questions at once')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Ask up to N questions at once')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give the agent S seconds for an answer')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Also write the result to FILE, by its name as `.json`, `.md` or `.junit.xml`; may be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Also write the result to FILE, by its name as `.json`, `.md` or `.junit.xml`; may be repeated')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--require-run', '--require-run', [CompletionResultType]::ParameterName, 'Fail when there is no way to run the agent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;rollback' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Put this version back instead: a revision, the first digits of a content hash, or a variant of the flag')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done and write nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;show' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show long texts, calls and results whole')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;search' {
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Only conversations of this agent')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Only conversations of this user')
            [CompletionResult]::new('--outcome', '--outcome', [CompletionResultType]::ParameterName, 'Only conversations that went so')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'Only conversations in which this tool was called')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only conversations since a date or within a time: 2026-03-14, 7d, 24h')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many to show')
            [CompletionResult]::new('--max-count', '--max-count', [CompletionResultType]::ParameterName, 'How many to show')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;log' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many entries to show')
            [CompletionResult]::new('--max-count', '--max-count', [CompletionResultType]::ParameterName, 'How many entries to show')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'Show what language models cost, by run, stage and model')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Check that no entry of the log was changed or removed')
            [CompletionResult]::new('--reconcile', '--reconcile', [CompletionResultType]::ParameterName, 'Give back the money that runs which died had set aside; refused while a run is under way')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('sources', 'sources', [CompletionResultType]::ParameterValue, 'List the files that were read, and what became of their records')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'List the records that could not be read; name one to see how it begins')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what nothing needs any more, and give its space back')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every text in the cache and every entry of the log against its digest')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Erase a conversation or a user for good; reading their files again does not bring them back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;cache;sources' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache;quarantine' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Read the files again that these records are in: they or this program may have been mended')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache;gc' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Also erase conversations that ended before a date or longer ago: 2026-03-14, 90d')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache;doctor' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache;forget' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'All conversations of this user, now and later')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;cache;help' {
            [CompletionResult]::new('sources', 'sources', [CompletionResultType]::ParameterValue, 'List the files that were read, and what became of their records')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'List the records that could not be read; name one to see how it begins')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what nothing needs any more, and give its space back')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every text in the cache and every entry of the log against its digest')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Erase a conversation or a user for good; reading their files again does not bring them back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;cache;help;sources' {
            break
        }
        'reprompt;cache;help;quarantine' {
            break
        }
        'reprompt;cache;help;gc' {
            break
        }
        'reprompt;cache;help;doctor' {
            break
        }
        'reprompt;cache;help;forget' {
            break
        }
        'reprompt;cache;help;help' {
            break
        }
        'reprompt;init' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the config instead of writing it')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a config that is there already')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;demo' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('agent', 'agent', [CompletionResultType]::ParameterValue, 'Answer one chat-completions request as the example''s scripted agent')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;demo;agent' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;demo;help' {
            [CompletionResult]::new('agent', 'agent', [CompletionResultType]::ParameterValue, 'Answer one chat-completions request as the example''s scripted agent')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;demo;help;agent' {
            break
        }
        'reprompt;demo;help;help' {
            break
        }
        'reprompt;completions' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;man' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('--repo', '--repo', [CompletionResultType]::ParameterName, 'Work on the prompt repository in DIR instead of the current folder')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config instead of the `reprompt.yaml` found by walking up')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and warnings only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more detail')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'reprompt;help' {
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'Read exported traces into the cache')
            [CompletionResult]::new('intents', 'intents', [CompletionResultType]::ParameterValue, 'Name what users wanted, and show it over time')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Find what goes wrong, why, and which prompt could fix it')
            [CompletionResult]::new('findings', 'findings', [CompletionResultType]::ParameterValue, 'Show the problems that were found, and their state')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Write the smallest change that answers a finding to a branch')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a change of prompts against the guardrails')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Compare base and head on the evaluation suites')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Undo the last proposal for a prompt, or go back to a version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a conversation, an intent or a finding')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Find conversations by what was said in them')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Show what was done, and what language models cost')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Look after the cache: what was read, what could not be, checks, forgetting')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a config for the prompts, tools and suites found here')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Run the whole loop on an example repository')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;help;ingest' {
            break
        }
        'reprompt;help;intents' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all intents, those with the most preventable failures first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one intent: key phrases, weeks, and threads that represent it')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show volume and failures week by week')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Call an intent by another name')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Say in a sentence what belongs to an intent')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Show the goals of one intent under another; a part that was split off goes back')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Show the goals that hold a phrase as an intent of their own')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Work no longer on an intent; it is still counted')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on an intent again')
            [CompletionResult]::new('assignments', 'assignments', [CompletionResultType]::ParameterValue, 'Print every goal with its intent, a line of JSON each, or with --csv a row')
            break
        }
        'reprompt;help;intents;list' {
            break
        }
        'reprompt;help;intents;show' {
            break
        }
        'reprompt;help;intents;trend' {
            break
        }
        'reprompt;help;intents;rename' {
            break
        }
        'reprompt;help;intents;describe' {
            break
        }
        'reprompt;help;intents;merge' {
            break
        }
        'reprompt;help;intents;split' {
            break
        }
        'reprompt;help;intents;ignore' {
            break
        }
        'reprompt;help;intents;unignore' {
            break
        }
        'reprompt;help;intents;assignments' {
            break
        }
        'reprompt;help;diagnose' {
            break
        }
        'reprompt;help;findings' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List all findings, open ones first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one finding with its evidence and levers')
            [CompletionResult]::new('trend', 'trend', [CompletionResultType]::ParameterValue, 'Show how much of all traffic and of its intent a finding takes, week by week, and what that means')
            [CompletionResult]::new('ignore', 'ignore', [CompletionResultType]::ParameterValue, 'Say that a finding does not matter; it is kept, and no longer proposed for')
            [CompletionResult]::new('unignore', 'unignore', [CompletionResultType]::ParameterValue, 'Work on a finding again')
            break
        }
        'reprompt;help;findings;list' {
            break
        }
        'reprompt;help;findings;show' {
            break
        }
        'reprompt;help;findings;trend' {
            break
        }
        'reprompt;help;findings;ignore' {
            break
        }
        'reprompt;help;findings;unignore' {
            break
        }
        'reprompt;help;propose' {
            break
        }
        'reprompt;help;check' {
            break
        }
        'reprompt;help;eval' {
            break
        }
        'reprompt;help;rollback' {
            break
        }
        'reprompt;help;show' {
            break
        }
        'reprompt;help;search' {
            break
        }
        'reprompt;help;log' {
            break
        }
        'reprompt;help;cache' {
            [CompletionResult]::new('sources', 'sources', [CompletionResultType]::ParameterValue, 'List the files that were read, and what became of their records')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'List the records that could not be read; name one to see how it begins')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what nothing needs any more, and give its space back')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every text in the cache and every entry of the log against its digest')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Erase a conversation or a user for good; reading their files again does not bring them back')
            break
        }
        'reprompt;help;cache;sources' {
            break
        }
        'reprompt;help;cache;quarantine' {
            break
        }
        'reprompt;help;cache;gc' {
            break
        }
        'reprompt;help;cache;doctor' {
            break
        }
        'reprompt;help;cache;forget' {
            break
        }
        'reprompt;help;init' {
            break
        }
        'reprompt;help;demo' {
            [CompletionResult]::new('agent', 'agent', [CompletionResultType]::ParameterValue, 'Answer one chat-completions request as the example''s scripted agent')
            break
        }
        'reprompt;help;demo;agent' {
            break
        }
        'reprompt;help;completions' {
            break
        }
        'reprompt;help;man' {
            break
        }
        'reprompt;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
