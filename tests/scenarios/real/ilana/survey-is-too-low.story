# Users give less than 4.2 at 15 %: nobody else is exposed until they are content.
# plan: plans/ilana.yaml
# auto-approve
# told from: increase-to-15

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 5m: report survey 3.9 by product-manager
at 15% + 2d3h: report survey 4.3 by product-manager "after the fix"
at 35% + 1h: end
