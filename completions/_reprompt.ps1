
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
            [CompletionResult]::new('findings', 'findings', [CompletionResultType]::ParameterValue, 'Show the problems that were found, and their state')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Write the smallest change that answers a finding to a branch')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a change of prompts against the guardrails')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Compare base and head on the evaluation suites')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Undo the last proposal for a prompt, or go back to a version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a config for the prompts, tools and suites found here')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Run the whole loop on an example repository')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'reprompt;ingest' {
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
        'reprompt;intents' {
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
        'reprompt;findings' {
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
        'reprompt;propose' {
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
        'reprompt;check' {
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
        'reprompt;rollback' {
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
        'reprompt;init' {
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
            [CompletionResult]::new('findings', 'findings', [CompletionResultType]::ParameterValue, 'Show the problems that were found, and their state')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Write the smallest change that answers a finding to a branch')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a change of prompts against the guardrails')
            [CompletionResult]::new('eval', 'eval', [CompletionResultType]::ParameterValue, 'Compare base and head on the evaluation suites')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Undo the last proposal for a prompt, or go back to a version')
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
            break
        }
        'reprompt;help;findings' {
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
        'reprompt;help;init' {
            break
        }
        'reprompt;help;demo' {
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
